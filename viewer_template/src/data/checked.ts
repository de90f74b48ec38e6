// Reading untrusted JSON: each function returns the value in its type or says what it found instead.
import { SiteError } from './site_error';

export type Json = Readonly<Record<string, unknown>>;

export class Checked {
  constructor(private readonly file: string) {}

  fail(key: string, expected: string, found: unknown): never {
    const shown = found === undefined ? 'nothing' : JSON.stringify(found).slice(0, 60);
    throw new SiteError(this.file, `"${key}" should be ${expected}, but is ${shown}`);
  }

  object(key: string, value: unknown): Json {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.fail(key, 'an object', value);
    return value as Json;
  }

  list(key: string, value: unknown): readonly unknown[] {
    if (!Array.isArray(value)) this.fail(key, 'a list', value);
    return value as readonly unknown[];
  }

  text(key: string, value: unknown): string {
    if (typeof value !== 'string') this.fail(key, 'text', value);
    return value;
  }

  number(key: string, value: unknown): number {
    if (typeof value !== 'number' || !Number.isFinite(value)) this.fail(key, 'a number', value);
    return value;
  }

  /** A whole number of at least `least`. */
  whole(key: string, value: unknown, least = 0): number {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
      this.fail(key, `a whole number from ${String(least)}`, value);
    }
    return value;
  }

  /** A path within the site: relative, of the letters that the format allows, never upwards. */
  path(key: string, value: unknown): string {
    const text = this.text(key, value);
    if (!/^[A-Za-z0-9._{}-]+(\/[A-Za-z0-9._{}-]+)*$/.test(text) || text.split('/').includes('..')) {
      this.fail(key, 'a path within the site', value);
    }
    return text;
  }
}
