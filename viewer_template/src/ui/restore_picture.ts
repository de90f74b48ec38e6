// A picture that an <img> could not show: why, and when to show it anew. The element itself does not tell.
import type { FileSource } from '../data/fetching';
import { SiteError, UnreachableError, UnreadableError } from '../data/site_error';
import { decodePicture } from '../data/tile_loader';
import type { AppStore } from '../state/app_state';
import { strings } from '../strings';
import { askUntilHad } from './ask_until_had';

/** So often a picture is shown anew that can be fetched and then breaks all the same. */
const TRIES = 3;

export class RestoredPicture {
  private tries = 0;
  private stop = () => undefined as unknown;

  /**
   * @param again called when the picture can be had, and is to be shown anew
   * @param tell called with words for the person in front of it, at every try in vain
   */
  constructor(
    private readonly app: AppStore,
    private readonly source: FileSource,
    private readonly again: () => void,
    private readonly tell: (words: string) => void,
  ) {}

  /** The picture broke: its file is asked for, and again whenever the connection is back. */
  lose(path: string, decode: typeof decodePicture = decodePicture): void {
    this.stop();
    if (this.tries >= TRIES) {
      this.tell(lossWords(new SiteError(path, 'the server gives it to no page')));
      return;
    }
    const read = async () => {
      (await decode(path, await this.source.blob(path))).close();
    };
    const restore = () => {
      this.tries++;
      this.again();
    };
    this.stop = askUntilHad(this.app, read, restore, (error) => {
      this.tell(lossWords(error));
    });
  }

  /** It is there, or another one is wanted. */
  forget(): void {
    this.stop();
    this.tries = 0;
  }
}

/** @param error why the file of a large picture could not be had */
export function lossWords(error: unknown): string {
  const words = strings.pictureLost;
  if (error instanceof UnreachableError) return words.waiting;
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof UnreadableError ? words.damaged(message) : words.missing(message);
}
