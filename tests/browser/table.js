// Tables and the command line of the tools here.

/** The words of the command line, or what stands for none. */
export function places(standard) {
  const given = process.argv.slice(2);
  return given.length > 0 ? given : standard;
}

/** Prints rows in columns: the first to the left, the others to the right. */
export function print(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === 0 ? String(cell).padEnd(widths[0]) : String(cell).padStart(widths[column]),
    );
    console.log(cells.join('  '));
  }
}
