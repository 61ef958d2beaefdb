/** Between two lines of the packet's way, and for each to appear, ms. */
const STEP_MS = 130;
const SHOWN_MS = 180;
/** However long the way is, nobody waits longer for the verdict, ms. */
const WHOLE_MS = 1_600;

/** Lets the lines of a packet's way appear one after the other, and then its verdict; at once with reduced motion. */
export function arrive(figure: HTMLElement): void {
  if (window.matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  // The answer's way is folded.
  const lines = [...figure.querySelectorAll('.packet-place, .packet-hop')].filter(
    (line) => line.closest('details') === null,
  );
  const stepMs = Math.min(STEP_MS, WHOLE_MS / Math.max(lines.length, 1));
  for (const [index, line] of [...lines, ...figure.querySelectorAll('[data-verdict]')].entries())
    line.animate(
      { opacity: [0, 1], transform: ['translateY(-0.3rem)', 'none'] },
      { delay: index * stepMs, duration: SHOWN_MS, easing: 'ease-out', fill: 'backwards' },
    );
}
