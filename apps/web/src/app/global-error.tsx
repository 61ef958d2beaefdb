'use client';
import './globals.css';

/** When even the layout broke. */
export default function GlobalError({ reset }: { readonly error: Error; readonly reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <main className="page-width max-w-3xl pt-16">
          <h1 className="text-3xl font-[700]">Podwire broke</h1>
          <p className="mt-3 max-w-prose text-muted">
            It is a mistake of ours. What you have passed is stored.
          </p>
          <button
            type="button"
            onClick={reset}
            className="mt-6 rounded-md bg-accent px-4 py-2 font-semibold text-on-accent"
          >
            Try again
          </button>
        </main>
      </body>
    </html>
  );
}
