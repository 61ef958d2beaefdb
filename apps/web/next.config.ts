import { fileURLToPath } from 'node:url';
import type { NextConfig } from 'next';
import { readEnv } from './src/env.ts';

const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));
const { orchestratorPort, previewPort } = readEnv(process.env);
const orchestrator = `http://127.0.0.1:${orchestratorPort}`;

const config: NextConfig = {
  output: 'standalone',
  outputFileTracingRoot: repositoryRoot,
  turbopack: { root: repositoryRoot },
  transpilePackages: [
    '@podwire/protocol',
    '@podwire/lab',
    '@podwire/kubesim',
    '@podwire/shell',
    '@podwire/machine',
    '@podwire/netsim',
    '@podwire/sim',
    '@podwire/cel',
    '@podwire/tls',
  ],
  // `npm run typecheck` does this, with the tests, for the whole house at once.
  typescript: { ignoreBuildErrors: true },
  poweredByHeader: false,
  reactStrictMode: true,
  devIndicators: false,
  // socket.io asks for /socket.io/ and does not follow redirects.
  skipTrailingSlashRedirect: true,
  images: { unoptimized: true },
  // Only `next dev` answers these: in production the gateway sends them to the orchestrator first.
  rewrites: () =>
    Promise.resolve([
      { source: '/api/:path*', destination: `${orchestrator}/api/:path*` },
      { source: '/socket.io', destination: `${orchestrator}/socket.io/` },
      { source: '/socket.io/:path*', destination: `${orchestrator}/socket.io/:path*` },
      ...(previewPort === undefined
        ? []
        : [{ source: '/preview/state', destination: `http://127.0.0.1:${previewPort}/preview/state` }]),
    ]),
};

export default config;
