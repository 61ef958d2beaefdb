export interface TabLayout {
  readonly minWidth: number;
  readonly padding: number;
  /** Columns keep the width they once had, so that later rows of a watch line up with earlier ones. */
  readonly rememberWidths: boolean;
}

/** Tables of `get`. */
export const TABLE_LAYOUT: TabLayout = { minWidth: 6, padding: 3, rememberWidths: true };
/** What `describe` writes. */
export const DESCRIBE_LAYOUT: TabLayout = { minWidth: 0, padding: 2, rememberWidths: false };

const widthOf = (text: string): number => [...text].length;

/**
 * Aligns tab-ended cells, as Go's text/tabwriter does: a column is a run of neighbouring lines that
 * have a cell there, and the last cell of a line belongs to no column.
 */
export class TabWriter {
  private readonly layout: TabLayout;
  private pending = '';
  private remembered: number[] = [];

  constructor(layout: TabLayout) {
    this.layout = layout;
  }

  write(text: string): void {
    this.pending += text;
  }

  forgetWidths(): void {
    this.remembered = [];
  }

  /** The aligned text of everything written since the last flush. */
  flush(): string {
    const text = this.pending;
    this.pending = '';
    if (text === '') return '';
    const lines = text.split(/[\n\f]/).map((line) => line.split('\t'));
    const out: string[] = lines.map(() => '');
    // A line without tabs has no influence on others: the writer is flushed there.
    let start = 0;
    for (let i = 0; i <= lines.length; i += 1) {
      if (i < lines.length && (lines[i]?.length ?? 0) > 1) continue;
      this.format(lines, out, [], start, i);
      if (i < lines.length) out[i] = lines[i]?.[0] ?? '';
      start = i + 1;
    }
    return out.join('\n');
  }

  private format(
    lines: readonly (readonly string[])[],
    out: string[],
    widths: readonly number[],
    from: number,
    to: number,
  ): void {
    const column = widths.length;
    const hasCell = (i: number): boolean => column < (lines[i]?.length ?? 0) - 1;
    let i = from;
    while (i < to) {
      if (!hasCell(i)) {
        out[i] = render(lines[i] ?? [], widths);
        i += 1;
        continue;
      }
      let end = i;
      let width = this.layout.minWidth;
      for (; end < to && hasCell(end); end += 1)
        width = Math.max(width, widthOf(lines[end]?.[column] ?? '') + this.layout.padding);
      if (this.layout.rememberWidths) {
        width = Math.max(width, this.remembered[column] ?? 0);
        this.remembered[column] = width;
      }
      this.format(lines, out, [...widths, width], i, end);
      i = end;
    }
  }
}

function render(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, i) =>
      i < cells.length - 1 ? cell + ' '.repeat(Math.max(0, (widths[i] ?? 0) - widthOf(cell))) : cell,
    )
    .join('');
}

/** One table, aligned at once. */
export function alignTabs(text: string, layout: TabLayout): string {
  const writer = new TabWriter(layout);
  writer.write(text);
  return writer.flush();
}
