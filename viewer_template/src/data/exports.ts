// What is known of some images, as files to take away. Pure: text in, text out.
import type { Field } from './manifest';
import type { FieldValue, Row } from './words';

const NEWLINE = '\r\n';
/** Tells a spreadsheet program that the text is UTF-8. */
const BYTE_ORDER_MARK = '\ufeff';
/** The columns that every image has; `filename` is what a table of clipplot's is joined by. */
const OWN = ['image_id', 'filename'] as const;

/** Names of the columns: those of the person's table, unless the name is taken. */
export function columnNames(fields: readonly Field[]): string[] {
  const taken: ReadonlySet<string> = new Set(OWN);
  return [...OWN, ...fields.map(({ name }) => (taken.has(name) ? `field_${name}` : name))];
}

/** A table as RFC 4180 has it, that can be opened in a spreadsheet, and be given to clipplot as metadata again. */
export function toCsv(rows: readonly Row[], fields: readonly Field[]): string {
  const lines = rows.map((row) => [row.id, row.path, ...fields.map(({ name }) => row.fields.get(name))].map(toCell));
  return BYTE_ORDER_MARK + [columnNames(fields).map(toCell), ...lines].map((cells) => cells.join(',') + NEWLINE).join('');
}

/**
 * A cell. Text that a spreadsheet would take for a formula (OWASP: CSV injection) gets an apostrophe before it;
 * numbers are numbers, even below zero.
 */
export function toCell(value: FieldValue | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : value.join('|');
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export interface ExportFacts {
  readonly title: string;
  readonly buildId: string;
  /** Where the site lies. */
  readonly address: string;
}

/** All that the site says of the images, and where it is from. */
export function toJson(rows: readonly Row[], fields: readonly Field[], facts: ExportFacts): string {
  const names = columnNames(fields).slice(OWN.length);
  const images = rows.map((row) => ({
    image_id: row.id,
    filename: row.path,
    width_px: row.widthPx,
    height_px: row.heightPx,
    ...Object.fromEntries(fields.flatMap(({ name }, i) => (row.fields.has(name) ? [[names[i], row.fields.get(name)]] : []))),
  }));
  const { title, buildId: build_id, address } = facts;
  return `${JSON.stringify({ collection: { title, build_id, address }, count: images.length, images }, null, 1)}\n`;
}

/** The paths of the images, one a line. */
export function toList(rows: readonly Row[]): string {
  return rows.map((row) => `${row.path}\n`).join('');
}

/** Names for the pictures in an archive: those of the files, made different where two are alike. */
export function archiveNames(rows: readonly Row[]): string[] {
  const taken = new Set<string>();
  return rows.map(({ path }) => {
    // No program that unpacks it is to be led out of its folder.
    const parts = path.split(/[/\\]/).filter((part) => part !== '' && part !== '.' && part !== '..');
    // eslint-disable-next-line no-control-regex
    const clean = parts.join('/').replace(/[<>:"|?*\u0000-\u001f]/g, '_').replace(/(^|\/)\.+/g, '$1').replace(/\.[^./]+$/, '') || 'image';
    let name = `${clean}.jpg`;
    for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${clean} (${String(n)}).jpg`;
    taken.add(name.toLowerCase());
    return name;
  });
}

/** A name for a file, of a title. */
export function fileNameFor(title: string, count: number, ending: string): string {
  const plain = title.normalize('NFKD').replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '').slice(0, 60).toLowerCase();
  return `${plain || 'images'}-${String(count)}.${ending}`;
}
