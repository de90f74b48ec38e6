// What to call a picture, and what to say in its place to those who do not see it: the same way as the writer's
// site/alt_text.py. Both are held to tests/site/alt_text_vectors.json. Pure.
import type { Field } from './manifest';
import { type FieldValue, fileNameOf, type Row } from './words';

const ALT_NAMES = ['alt', 'alt_text', 'alttext', 'alt text', 'alternative text', 'alternative_text', 'alternativtext'];
export const TITLE_NAMES = ['title', 'name', 'titel', 'titre', 'título', 'titolo', 'caption', 'label'];
const DESCRIPTION_NAMES = [
  'description', 'caption', 'abstract', 'summary', 'beschreibung', 'descripción', 'descrição', 'descrizione',
  'beschrijving', 'beskrivning', 'beskrivelse', 'описание', '說明', '説明',
];
const YEAR_NAMES = ['year', 'date', 'jahr', 'datum', 'année', 'annee', 'año', 'anno', 'jaar', 'год'];
const MOST_NAME_CHARS = 160;
const MOST_ALT_CHARS = 300;
const MOST_CATEGORIES = 1;

type Cells = Pick<Row, 'fields' | 'path'>;

export class Captions {
  private readonly alt: readonly string[];
  private readonly title: readonly string[];
  private readonly description: readonly string[];
  private readonly categories: readonly string[];
  private readonly years: readonly string[];

  constructor(fields: readonly Pick<Field, 'name' | 'kind'>[]) {
    const texts = fields.filter(({ kind }) => kind === 'text' || kind === 'category').map(({ name }) => name);
    const order = (names: readonly string[]) => names.flatMap((wanted) => texts.filter((name) => name.toLowerCase() === wanted));
    this.alt = order(ALT_NAMES);
    this.title = order(TITLE_NAMES);
    this.description = order(DESCRIPTION_NAMES);
    this.categories = fields.filter(({ kind }) => kind === 'category').map(({ name }) => name);
    this.years = fields.filter(({ kind, name }) => kind === 'date' || (kind === 'number' && YEAR_NAMES.includes(name.toLowerCase()))).map(({ name }) => name);
  }

  /** What to call an image: its title, else the name of its file. */
  name(row: Cells): string {
    return this.titleOf(row) ?? fileNameOf(row.path);
  }

  /** The alternative text: the user's own, else title and description, else name and facts. */
  describe(row: Cells): string {
    const own = find(this.alt, row);
    if (own !== null) return cut(own);
    const title = this.titleOf(row);
    const description = find(this.description, row);
    if (description !== null) return cut(title === null || description.includes(title) ? description : `${title}. ${description}`);
    const name = this.name(row);
    const facts = this.facts(row, name);
    return cut(facts.length > 0 ? `${name} (${facts.join(', ')})` : name);
  }

  /** The few words that stand beside a name: a year or date, and a category. */
  facts(row: Cells, name: string): string[] {
    const cell = (field: string): FieldValue | undefined => row.fields.get(field);
    const categories = this.categories.map(cell).flatMap((text) => (typeof text === 'string' && text !== '' && text !== name ? [text] : []));
    const years = this.years.map(cell).flatMap((year) => (year === undefined ? [] : [String(year)]));
    return [...years.slice(0, 1), ...[...new Set(categories)].slice(0, MOST_CATEGORIES)];
  }

  /** A year or date of the image, as it stands in the first field that has one; empty where none has. */
  year({ fields }: Cells): string {
    for (const name of this.years) if (fields.has(name)) return String(fields.get(name));
    return '';
  }

  /** The name of what shows an image with its name and facts: those words first, for who speaks them; then the rest. */
  label(row: Cells): string {
    const name = this.name(row);
    const shown = [name, this.facts(row, name).join(' · ')].filter((text) => text !== '').join(' ');
    const alt = this.describe(row);
    if (alt === name || alt.startsWith(`${name} (`)) return shown;
    return `${shown}. ${alt.startsWith(`${name}. `) ? alt.slice(name.length + 2) : alt}`;
  }

  private titleOf(row: Cells): string | null {
    return find(this.title, row, MOST_NAME_CHARS);
  }
}

function find(names: readonly string[], { fields }: Cells, mostChars = Infinity): string | null {
  for (const name of names) {
    const cell = fields.get(name);
    if (typeof cell === 'string' && cell.trim() !== '' && Array.from(cell).length <= mostChars) return cell.split(/\s+/).filter((word) => word !== '').join(' ');
  }
  return null;
}

/** A text that is cut at a word if it is long. */
function cut(text: string): string {
  const characters = Array.from(text);
  if (characters.length <= MOST_ALT_CHARS) return text;
  const start = characters.slice(0, MOST_ALT_CHARS).join('');
  const word = start.lastIndexOf(' ');
  return `${word > 0 ? start.slice(0, word) : start}…`;
}
