import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Page path → the policy of that page. `fallback` is for what is no page: 404s, files, API answers. */
export interface PagePolicies {
  readonly byPath: ReadonlyMap<string, string>;
  readonly fallback: string;
}

const INLINE_SCRIPT = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g;

/**
 * All pages are rendered when the site is built, so the scripts they carry inline are known then. Their
 * hashes let exactly these run, and nothing that is injected later (CSP Level 3, section 8.2).
 *
 * @param renderedFolder Next.js' folder of prerendered pages, `.next/server/app`.
 */
export function readPagePolicies(renderedFolder: string): PagePolicies {
  const byPath = new Map<string, string>();
  let fallback = contentSecurityPolicy([]);
  for (const entry of readdirSync(renderedFolder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.html')) continue;
    const file = path.join(entry.parentPath, entry.name);
    const policy = contentSecurityPolicy(inlineScriptHashes(readFileSync(file, 'utf8')));
    const page = pagePath(path.relative(renderedFolder, file));
    byPath.set(page, policy);
    if (page === '/_not-found') fallback = policy;
  }
  return { byPath, fallback };
}

export function inlineScriptHashes(html: string): readonly string[] {
  const hashes = new Set<string>();
  for (const [, script] of html.matchAll(INLINE_SCRIPT)) {
    if (script !== undefined && script !== '')
      hashes.add(`'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  }
  return [...hashes];
}

function pagePath(file: string): string {
  const name = file.split(path.sep).join('/').slice(0, -'.html'.length);
  return name === 'index' ? '/' : `/${name}`;
}

export function policyFor(policies: PagePolicies, urlPath: string): string {
  const trimmed = urlPath.length > 1 && urlPath.endsWith('/') ? urlPath.slice(0, -1) : urlPath;
  return policies.byPath.get(trimmed) ?? policies.fallback;
}

/** Styles may be inline: xterm.js, CodeMirror and React set them on elements, and a style runs no code. */
function contentSecurityPolicy(scriptHashes: readonly string[]): string {
  return [
    "default-src 'self'",
    ["script-src 'self'", ...scriptHashes].join(' '),
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}
