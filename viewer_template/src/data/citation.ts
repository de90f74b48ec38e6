// How to cite an image, or a view of the map: lines to be pasted into a text, and BibTeX. Pure: the day of access is handed in.

export interface Cited {
  /** Of the image; null: the map itself is cited. */
  readonly name: string | null;
  /** A year or date of the image, as it stands in its fields. */
  readonly year: string;
  readonly file: string;
  readonly collection: string;
  readonly buildId: string;
  /** ISO days; `published` is empty where the server does not say it. */
  readonly published: string;
  readonly accessed: string;
  readonly address: string;
}

/** One line: what, in which collection, which build, where, seen when. */
export function citeAsText(cited: Cited): string {
  const { name, year, file, collection, buildId, published, accessed, address } = cited;
  const image = name === null ? '' : `${stop(year === '' ? name : `${name} (${year})`)} ${name === file ? '' : `File ${file}. `}In: `;
  const build = published === '' ? `build ${buildId}` : `build ${buildId}, published ${published}`;
  return `${image}${stop(collection)} Map of images, ${build}. ${address} (accessed ${accessed}).`;
}

/** An entry of the kind @misc, which every BibTeX style knows. */
export function citeAsBibtex(cited: Cited): string {
  const { name, year, file, collection, buildId, published, accessed, address } = cited;
  const fields: [string, string][] = [
    ['title', name ?? collection],
    ...(name === null ? [] : ([['booktitle', collection]] as [string, string][])),
    ['year', name === null ? published.slice(0, 4) : year],
    ['howpublished', name === null ? 'Map of images' : `Map of images, file ${file}`],
    ['note', `Build ${buildId}${published === '' ? '' : `, published ${published}`}`],
    ['url', address],
    ['urldate', accessed],
  ];
  const key = `${(name ?? collection).normalize('NFKD').replace(/[^A-Za-z0-9]+/g, '').slice(0, 24).toLowerCase() || 'images'}-${buildId.slice(0, 6)}`;
  const lines = fields.filter(([, value]) => value !== '').map(([field, value]) => `  ${field} = {${field === 'url' ? escapeUrl(value) : escape(value)}}`);
  return `@misc{${key},\n${lines.join(',\n')}\n}\n`;
}

/** The day of a Last-Modified header, ISO; empty where there is none. */
export function dayOfHeader(header: string | null): string {
  const time = header === null ? NaN : Date.parse(header);
  return Number.isNaN(time) ? '' : new Date(time).toISOString().slice(0, 10);
}

function stop(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

const TEX: Readonly<Record<string, string>> = { '\\': '\\textbackslash{}', '~': '\\textasciitilde{}', '^': '\\textasciicircum{}' };

function escape(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\~^{}&%$#_]/g, (c) => TEX[c] ?? `\\${c}`);
}

/** In an address only what would end the braces has to go. */
function escapeUrl(address: string): string {
  return address.replace(/[{}\\]/g, (c) => encodeURIComponent(c));
}
