import { describe, expect, it } from 'vitest';
import { readClusters, readLabels } from '../src/data/label_files';
import { hasRawPositions, readManifest } from '../src/data/manifest';
import { detailPath, readBlock, safeUrl } from '../src/data/words';

function manifest(): Record<string, unknown> {
  return {
    format: { name: 'clipplot-site', major: 1, minor: 9, later: true },
    build_id: '3f2a9c0d11e4',
    title: 'T',
    tagline: '',
    image_count: 12,
    rank_order: '0123456789abcdef',
    viewer: { script: 'v/x/main.js', style: 'v/x/main.css' },
    about: 'b/x/about.html',
    tiles: { tile_px: 512, levels: [64, 8, 16], small: { tile_px: 256, levels: [128] } },
    segments: [
      { id: 'aa', first_rank: 0, count: 7 },
      { id: 'bb', first_rank: 7, count: 5 },
    ],
    details: { path: 'p/{xx}/{id}.jpg', short_side_px: 512 },
    words: { path: 'w/x/{n}.json', ranks_per_block: 256 },
    columns: { aspect: { path: 'c/a.bin' }, color: { path: 'c/c.bin' }, id: { path: 'c/i.bin' }, 'layout-umap': { path: 'c/u.bin' } },
    home_layout: 'umap',
    layouts: [
      { name: 'umap', title: 'Similarity', description: '', positions: 'layout-umap', labels: null },
      { name: 'geography', title: 'Places', description: '', positions: null, labels: null, reason: 'no image has coordinates' },
    ],
    clusters: { levels: [{ column: 'cluster-0', labels: 'c/clusters-0.json' }] },
    fields: [
      { name: 'year', title: 'Year', kind: 'number', column: 'field-year' },
      { name: 'hologram', title: 'Hologram', kind: 'hologram' },
    ],
    counts: {},
    unheard_of: 1,
  };
}

describe('the manifest', () => {
  it('is read, unknown keys and later kinds left out', () => {
    const read = readManifest(manifest());
    expect(read.imageCount).toBe(12);
    expect([read.tilePx, read.levels, read.tileSides]).toEqual([512, [8, 16, 64, 128], [512, 512, 512, 256]]);
    expect(read.layouts[1]).toMatchObject({ positions: null, reason: 'no image has coordinates' });
    expect(read.fields.map((field) => field.name)).toEqual(['year']);
    expect(read.columns.get('aspect')).toBe('c/a.bin');
  });

  it('names the spreads of a layout, and none is a layout without', () => {
    const spread = { positions: 'layout-umap', picture_size: 0.04, aspect: 1.9 };
    const withSpreads = (...spreads: unknown[]) => {
      const json = manifest();
      const [umap, ...others] = json['layouts'] as Record<string, unknown>[];
      return { ...json, layouts: [{ ...umap, spreads }, ...others] };
    };
    expect(readManifest(withSpreads(spread)).layouts[0].spreads).toMatchObject([{ positions: 'layout-umap', pictureSize: 0.04, aspect: 1.9 }]);
    expect(readManifest(manifest()).layouts[0].spreads).toEqual([]);
    expect(() => readManifest(withSpreads({ ...spread, positions: 'nowhere' }))).toThrow(/spreads\.positions.*nowhere/);
    expect(() => readManifest(withSpreads({ ...spread, picture_size: 0 }))).toThrow(/picture_size.*above 0/);
    expect(() => readManifest(withSpreads({ ...spread, aspect: 'wide' }))).toThrow(/aspect/);
  });

  it('names grounds, cells, and what a layout is in tall windows', () => {
    const cells = [{ min: [-1, -0.5], max: [1, 0.5], side: 0.1 }];
    const change = (patch: object) => {
      const json = manifest();
      const [umap, ...others] = json['layouts'] as Record<string, unknown>[];
      return readManifest({ ...json, layouts: [{ ...umap, ...patch }, ...others] }).layouts[0];
    };
    const tall = { positions: 'layout-umap', labels: 'c/tall.json', ground: 'c/tall.bin', cells };
    const layout = change({ ground: 'c/ground.bin', cells, tall });
    expect(layout).toMatchObject({ ground: 'c/ground.bin', cells: [{ minX: -1, minY: -0.5, maxX: 1, maxY: 0.5, side: 0.1 }] });
    expect(layout.spreads.map(({ pictureSize, surround }) => [pictureSize, surround.ground])).toEqual([[null, 'c/ground.bin'], [null, 'c/tall.bin']]);
    expect(hasRawPositions(layout)).toBe(false);
    expect(change({})).toMatchObject({ ground: null, cells: [], spreads: [] });
    expect(() => change({ cells: [{ ...cells[0], side: 0 }] })).toThrow(/cells\.side.*above 0/);
    expect(() => change({ cells: [{ ...cells[0], min: [0] }] })).toThrow(/cells\.min/);
    expect(() => change({ ground: '../etc' })).toThrow(/ground/);
    expect(() => change({ tall: { ...tall, positions: 'nowhere' } })).toThrow(/tall\.positions.*nowhere/);
  });

  it('may name no detail pictures', () => {
    expect(readManifest({ ...manifest(), details: null }).detailsPath).toBeNull();
    expect(readManifest(manifest()).detailsPath).toBe('p/{xx}/{id}.jpg');
  });

  it.each<[string, (m: Record<string, unknown>) => void, RegExp]>([
    ['a newer format', (m) => (m['format'] = { name: 'clipplot-site', major: 2, minor: 0 }), /format version 2/],
    ['another format', (m) => (m['format'] = { name: 'zoo', major: 1 }), /format\.name.*clipplot-site.*zoo/],
    ['a missing column', (m) => (m['columns'] = { aspect: { path: 'c/a.bin' } }), /columns\.color/],
    ['a path out of the site', (m) => (m['about'] = '../secret.html'), /about/],
    ['an absolute path', (m) => (m['about'] = '/etc/x'), /about/],
    ['another host', (m) => (m['about'] = 'https://x.org/y'), /about/],
    ['a hole between segments', (m) => (m['segments'] = [{ id: 'aa', first_rank: 1, count: 11 }]), /first_rank.*should be 0/],
    ['too few ranks', (m) => (m['segments'] = [{ id: 'aa', first_rank: 0, count: 11 }]), /12 images/],
    ['a home layout without positions', (m) => (m['home_layout'] = 'geography'), /home_layout/],
    ['a count that is no number', (m) => (m['image_count'] = '12'), /image_count.*"12"/],
  ])('is refused for %s, with words', (_, spoil, message) => {
    const broken = manifest();
    spoil(broken);
    expect(() => readManifest(broken)).toThrow(message);
    expect(() => readManifest(broken)).toThrow(/^manifest\.json: /);
  });
});

describe('words', () => {
  const row = { id: 'abcd', path: 'x/y.jpg', width_px: 4, height_px: 3, fields: { tags: ['a', 1], title: '<b>T</b>', odd: { a: 1 } }, neighbors: [1, 99] };

  it('are read as text, with neighbours that exist', () => {
    const [read] = readBlock('w/0.json', { first_rank: 0, rows: [row] }, 0, { imageCount: 10, gone: null });
    expect(read.fields.get('tags')).toEqual(['a', '1']);
    expect(read.fields.has('odd')).toBe(false);
    expect(read.neighbors).toEqual([1]);
  });

  it('of another block are refused', () => {
    expect(() => readBlock('w/1.json', { first_rank: 0, rows: [] }, 256, { imageCount: 300, gone: null })).toThrow(/w\/1\.json.*first_rank.*256/);
  });

  it('give links to the web only', () => {
    expect(safeUrl('https://example.org/a b')).toBe('https://example.org/a%20b');
    for (const bad of ['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'example.org', '']) expect(safeUrl(bad)).toBeNull();
  });

  it('name the detail picture', () => {
    expect(detailPath({ detailsPath: 'p/r/{xx}/{id}.jpg' }, 'abcd12')).toBe('p/r/ab/abcd12.jpg');
    expect(detailPath({ detailsPath: null }, 'abcd12')).toBeNull();
  });
});

describe('label files', () => {
  it('are read, and clusters without a name left out', () => {
    const file = { clusters: [{ name: 'pears', count: 4, x: 0, y: 1, size: 0.2 }, { name: '', count: 9, x: 0, y: 0, size: 1 }] };
    expect(readClusters('c/k.json', file, 1)).toEqual([{ text: 'pears', count: 4, x: 0, y: 1, size: 0.2, level: 1, kind: 'cluster', height: 0 }]);
    const spread = { clusters: [{ ...file.clusters[0], spreads: [{ x: 0.5, y: 0.25, size: 0.4 }] }] };
    expect(readClusters('c/k.json', spread, 1, 0)[0]).toMatchObject({ text: 'pears', x: 0.5, y: 0.25, size: 0.4, count: 4 });
    expect(() => readClusters('c/k.json', spread, 1, 1)).toThrow(/clusters\.spreads/);
    expect(readLabels('c/l.json', { labels: [{ text: 'A', x: 0, y: 0, size: 0.1, level: 0, kind: 'axis', count: 2 }] })[0].kind).toBe('axis');
    expect(() => readLabels('c/l.json', { labels: [{ text: 'A', x: 'left', y: 0 }] })).toThrow(/c\/l\.json.*labels\.x/);
  });
});

describe('what was taken down', () => {
  it('is known by rank, and is nobody’s neighbour', () => {
    const read = readManifest({ ...manifest(), tombstones: [2, 5] });
    expect(read.gone?.length).toBe(12);
    expect([2, 3, 5].map((rank) => read.gone?.[rank])).toEqual([1, 0, 1]);
    expect(readManifest(manifest()).gone).toBeNull();
    const row = { id: 'a', path: 'a.jpg', width_px: 1, height_px: 1, neighbors: [1, 2, 5] };
    expect(readBlock('w', { first_rank: 0, rows: [row] }, 0, read)[0].neighbors).toEqual([1]);
  });
});
