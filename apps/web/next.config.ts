import { fileURLToPath } from 'node:url';
import type { NextConfig } from 'next';
import { readEnv } from './src/env.ts';

const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));
const { orchestratorPort } = readEnv(process.env);
const orchestrator = `http://127.0.0.1:${orchestratorPort}`;

const LOCALE = ':locale([a-z]{2,3}(?:-[A-Za-z0-9-]+)?)';
const PAGES = ['/', '/course', '/lab/:labId', '/learn/:chapter/:lesson', '/figures/:labId'].concat(
  `/${LOCALE}/lab/:labId`,
  `/${LOCALE}/learn/:chapter/:lesson`,
);

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
  rewrites: () =>
    Promise.resolve({
      // `podwire preview` asks with this header for pages that follow the files; anyone else who does gets a 404.
      beforeFiles: PAGES.map((source) => ({
        source,
        has: [{ type: 'header' as const, key: 'x-podwire-preview' }],
        destination: source === '/' ? '/preview' : `/preview${source.replace(LOCALE, ':locale')}`,
      })),
      // Only `next dev` answers these: in production the gateway sends them to the orchestrator first.
      afterFiles: [
        { source: '/api/:path*', destination: `${orchestrator}/api/:path*` },
        { source: '/socket.io', destination: `${orchestrator}/socket.io/` },
        { source: '/socket.io/:path*', destination: `${orchestrator}/socket.io/:path*` },
      ],
      fallback: [],
    }),
};

export default config;
