import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';
import '@fontsource-variable/source-sans-3/wght.css';
import '@fontsource-variable/source-sans-3/wght-italic.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import '@fontsource-variable/noto-sans-tamil/wght.css';
import './globals.css';
import '../content/prose.css';
import '../packets/packets.css';
import '../topology/topology.css';
import '../workspace/workspace.css';

const TITLE = 'Podwire: see where your packet stops';
const DESCRIPTION =
  'Learn Kubernetes networking on a cluster of your own, in the browser. Every connection shows its way hop by hop, and the object and field that decided.';

export const metadata: Metadata = {
  title: { default: TITLE, template: '%s · Podwire' },
  description: DESCRIPTION,
  applicationName: 'Podwire',
  manifest: '/manifest.webmanifest',
  icons: { icon: { url: '/icon.svg', type: 'image/svg+xml' } },
  openGraph: { title: TITLE, description: DESCRIPTION, siteName: 'Podwire', type: 'website', locale: 'en' },
  twitter: { card: 'summary' },
};

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#f8f9fc' },
    { media: '(prefers-color-scheme: dark)', color: '#11141c' },
  ],
};

export default function RootLayout({ children }: { readonly children: ReactNode }) {
  // theme.js runs before the first paint and may set data-theme: the one difference from what was prerendered.
  return (
    <html lang="en" suppressHydrationWarning>
      <head>
        {/* It must run before anything is painted, so it blocks. */}
        <script src="/theme.js" />
      </head>
      <body>{children}</body>
    </html>
  );
}
