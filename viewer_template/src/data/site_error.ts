// What can be wrong with a site, in words for the person in front of it. Every error names the file.

export class SiteError extends Error {
  /** Path of the file within the site. */
  readonly file: string;

  constructor(file: string, found: string) {
    super(`${file}: ${found}`);
    this.name = 'SiteError';
    this.file = file;
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
