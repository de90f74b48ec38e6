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

/** The server did not answer at all: what is asked for may well be there. */
export class UnreachableError extends SiteError {
  constructor(file: string, found = 'the server did not answer (offline?)') {
    super(file, found);
  }
}

/** The server, or one before it, is overloaded or begins anew: what is asked for comes later. */
export class BusyError extends UnreachableError {
  constructor(file: string, status: number) {
    super(file, `the server answered ${String(status)}`);
  }
}

/** The file is there, and no browser can make a picture of it. */
export class UnreadableError extends SiteError {
  constructor(file: string) {
    super(file, 'is not a readable picture');
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
