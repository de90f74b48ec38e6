// What is drawn below the images of a layout (docs/site-format.md §11).
import { Checked } from './checked';
import { SiteError } from './site_error';

const KINDS = ['sea', 'land', 'line', 'scale', 'block'] as const;
const FURTHEST = 2; // from the middle of the world

export type GroundKind = (typeof KINDS)[number];

export interface GroundShape {
  readonly kind: GroundKind;
  /** Each a line, x and y interleaved, world units; of an area they go round it, one after the other. */
  readonly parts: readonly Float32Array[];
}

/** Reads a ground; a shape of a kind that this viewer does not know is one of a later minor version: left out. */
export function readGround(file: string, raw: ArrayBuffer): GroundShape[] {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(raw));
  } catch {
    throw new SiteError(file, 'is not valid JSON');
  }
  const check = new Checked(file);
  const root = check.object('(all)', json);
  const units = check.whole('units_per_world', root['units_per_world'], 1);
  return check.list('shapes', root['shapes']).flatMap((entry) => {
    const shape = check.object('shapes', entry);
    const kind = KINDS.find((known) => known === shape['kind']);
    if (!kind) return [];
    return [{ kind, parts: check.list('shapes.parts', shape['parts']).map((part) => readPart(check, check.list('shapes.parts', part), units)) }];
  });
}

function readPart(check: Checked, steps: readonly unknown[], units: number): Float32Array {
  if (steps.length < 2 || steps.length % 2 !== 0) check.fail('shapes.parts', 'pairs of numbers', steps.length);
  const points = new Float32Array(steps.length);
  const at = [0, 0];
  steps.forEach((step, i) => {
    at[i % 2] += check.number('shapes.parts', step);
    points[i] = at[i % 2] / units;
    if (Math.abs(points[i]) > FURTHEST) check.fail('shapes.parts', 'near the world', points[i]);
  });
  return points;
}
