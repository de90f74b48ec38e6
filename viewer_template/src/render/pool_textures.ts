// The pool on the graphics card: one texture array a level, cells copied in from decoded tiles.
import { CellPool } from './cell_pool';
import { makeProgram, Uniforms } from './gl';
import { COPY_FRAGMENT, COPY_VERTEX } from './shaders';

/** Side of every pool layer. */
export const POOL_PX = 512;
const MIB = 1024 * 1024;

/** Most layers of one level, each 1 MiB: together with the other textures below 200 MB. */
function mostLayers(cellPx: number): number {
  if (cellPx <= 8) return 4;
  if (cellPx <= 16) return 10;
  if (cellPx <= 32) return 32;
  if (cellPx <= 128) return 40;
  return 28;
}

/** What a machine that is held in the hand keeps of the pool: its memory is small and its own, and so is its window. */
export const HAND_SHARE = 0.5;

/** How many cells the pool of a level holds. @param share of the largest pool that may be kept */
export function poolCapacity(cellPx: number, imageCount: number, share: number): number {
  const perLayer = Math.floor(POOL_PX / cellPx) ** 2;
  return perLayer * Math.max(1, Math.min(Math.ceil(mostLayers(cellPx) * share), Math.ceil(imageCount / perLayer)));
}

export interface Cell {
  readonly rank: number;
  /** Column and row in the tile. */
  readonly column: number;
  readonly row: number;
}

export class LevelPool {
  readonly cells: CellPool;
  readonly texture: WebGLTexture;
  readonly bytes: number;
  readonly perRow: number;
  readonly perLayer: number;

  constructor(
    gl: WebGL2RenderingContext,
    readonly cellPx: number,
    imageCount: number,
    share: number,
  ) {
    this.perRow = Math.floor(POOL_PX / cellPx);
    this.perLayer = this.perRow * this.perRow;
    this.cells = new CellPool(poolCapacity(cellPx, imageCount, share));
    const layers = this.cells.capacity / this.perLayer;
    this.texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, this.texture);
    gl.texStorage3D(gl.TEXTURE_2D_ARRAY, 1, gl.RGBA8, POOL_PX, POOL_PX, layers);
    gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    this.bytes = layers * MIB;
  }
}

/** Copies the cells of a tile into a pool by drawing them: one upload a tile, one draw call a layer. */
export class CellCopier {
  readonly bytes: number;
  private readonly program: WebGLProgram;
  private readonly uniforms: Uniforms;
  private readonly staging: WebGLTexture;
  private readonly framebuffer: WebGLFramebuffer;
  private readonly buffer: WebGLBuffer;
  private readonly vertexArray: WebGLVertexArrayObject;

  constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly tilePx: number,
  ) {
    this.program = makeProgram(gl, COPY_VERTEX, COPY_FRAGMENT);
    this.uniforms = new Uniforms(gl, this.program);
    this.staging = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.staging);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, tilePx, tilePx);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    this.bytes = tilePx * tilePx * 4;
    this.framebuffer = gl.createFramebuffer();
    this.buffer = gl.createBuffer();
    this.vertexArray = gl.createVertexArray();
    gl.bindVertexArray(this.vertexArray);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    const place = gl.getAttribLocation(this.program, 'aCopy');
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, 4, gl.FLOAT, false, 0, 0);
    gl.bindVertexArray(null);
  }

  /** @param placed pairs of a cell and its slot in the pool */
  copy(bitmap: ImageBitmap, pool: LevelPool, placed: readonly { cell: Cell; slot: number }[]): void {
    const gl = this.gl;
    const width = Math.min(this.tilePx, bitmap.width);
    const height = Math.min(this.tilePx, bitmap.height);
    gl.bindTexture(gl.TEXTURE_2D, this.staging);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
    gl.useProgram(this.program);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.staging);
    gl.uniform1i(this.uniforms.at('uTile'), 0);
    gl.bindVertexArray(this.vertexArray);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.framebuffer);
    gl.viewport(0, 0, POOL_PX, POOL_PX);
    gl.disable(gl.BLEND);
    const byLayer = new Map<number, { cell: Cell; slot: number }[]>();
    for (const pair of placed) {
      const layer = Math.floor(pair.slot / pool.perLayer);
      const list = byLayer.get(layer);
      if (list) list.push(pair);
      else byLayer.set(layer, [pair]);
    }
    for (const [layer, pairs] of byLayer) {
      gl.framebufferTextureLayer(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, pool.texture, 0, layer);
      gl.bufferData(gl.ARRAY_BUFFER, copyVertices(pool, pairs), gl.STREAM_DRAW);
      gl.drawArrays(gl.TRIANGLES, 0, pairs.length * 6);
    }
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.bindVertexArray(null);
  }
}

function copyVertices(pool: LevelPool, pairs: readonly { cell: Cell; slot: number }[]): Float32Array {
  const out = new Float32Array(pairs.length * 24);
  const side = pool.cellPx;
  let at = 0;
  for (const { cell, slot } of pairs) {
    const inLayer = slot % pool.perLayer;
    const toX = (inLayer % pool.perRow) * side;
    const toY = Math.floor(inLayer / pool.perRow) * side;
    for (const [u, v] of [[0, 0], [1, 0], [1, 1], [0, 0], [1, 1], [0, 1]]) {
      out[at++] = ((toX + u * side) / POOL_PX) * 2 - 1;
      out[at++] = ((toY + v * side) / POOL_PX) * 2 - 1;
      out[at++] = (cell.column + u) * side;
      out[at++] = (cell.row + v) * side;
    }
  }
  return out;
}
