// Aligned columns of text.

export interface Column {
  readonly title: string;
  /** Aligned right. */
  readonly isNumber?: boolean;
}

export function text(title: string): Column {
  return { title };
}

export function number(title: string): Column {
  return { title, isNumber: true };
}

const GAP = '  ';

/** Lines of a table under its titles; columns that are empty in every row are left out. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const used = columns.map((_, at) => rows.some((row) => (row[at] ?? '') !== ''));
  const widths = columns.map(({ title }, at) => Math.max(title.length, ...rows.map((row) => (row[at] ?? '').length)));
  const line = (cells: readonly string[]) =>
    columns
      .map(({ isNumber }, at) => {
        const width = widths[at] ?? 0;
        return isNumber ? (cells[at] ?? '').padStart(width) : (cells[at] ?? '').padEnd(width);
      })
      .filter((_, at) => used[at])
      .join(GAP)
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map(line)];
}

/** Lines of names with their values. */
export function facts(rows: readonly (readonly [name: string, value: string | null])[]): string[] {
  const known = rows.filter((row): row is readonly [string, string] => row[1] !== null);
  const width = Math.max(0, ...known.map(([name]) => name.length));
  return known.map(([name, value]) => `${name.padEnd(width)}${GAP}${value}`.trimEnd());
}
