// Labels of layouts and names of clusters (docs/site-format.md §5).
import type { Label } from '../geometry/labels';
import { Checked } from './checked';

const KINDS = ['axis', 'area', 'tick', 'gap'] as const;

/** Reads the labels file of a layout, most important first. */
export function readLabels(file: string, json: unknown): Label[] {
  const check = new Checked(file);
  return check.list('labels', check.object('(all)', json)['labels']).map((entry) => {
    const label = check.object('labels', entry);
    return {
      text: check.text('labels.text', label['text']),
      x: check.number('labels.x', label['x']),
      y: check.number('labels.y', label['y']),
      size: check.number('labels.size', label['size'] ?? 0),
      level: check.whole('labels.level', label['level'] ?? 0),
      kind: KINDS.find((kind) => kind === label['kind']) ?? 'cluster',
      count: check.whole('labels.count', label['count'] ?? 0),
      height: check.number('labels.height', label['height'] ?? 0),
    };
  });
}

/**
 * Reads the clusters of one level as labels; a cluster without a name has none.
 * @param spread the spread of the home layout to place them on; -1: its own positions
 */
export function readClusters(file: string, json: unknown, level: number, spread = -1): Label[] {
  const check = new Checked(file);
  return check.list('clusters', check.object('(all)', json)['clusters']).flatMap((entry) => {
    const cluster = check.object('clusters', entry);
    const text = check.text('clusters.name', cluster['name']);
    if (text === '') return [];
    const place = spread < 0 ? cluster : check.object('clusters.spreads', check.list('clusters.spreads', cluster['spreads'])[spread]);
    return [
      {
        text,
        x: check.number('clusters.x', place['x']),
        y: check.number('clusters.y', place['y']),
        size: check.number('clusters.size', place['size']),
        level,
        kind: 'cluster' as const,
        count: check.whole('clusters.count', cluster['count']),
        height: 0,
      },
    ];
  });
}
