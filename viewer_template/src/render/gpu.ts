// All that lives on the graphics card, and is gone when the context is lost: made anew in one piece.
import type { Frame } from './frame';
import { MAX_THUMBNAILS } from './frame';
import { DataTexture, makeProgram, Uniforms } from './gl';
import { CellCopier, LevelPool, POOL_PX } from './pool_textures';
import { POINT_FRAGMENT, POINT_VERTEX, THUMBNAIL_VERTEX, thumbnailFragment } from './shaders';

export interface Shape {
  readonly imageCount: number;
  /** Sides of cells, rising; the last is that of the detail pictures. */
  readonly cellSides: readonly number[];
  readonly tilePx: number;
  /** Share of the largest pools that may be kept, within (0, 1]. */
  readonly poolShare: number;
}

/** Colours that images can be marked with. */
export const PALETTE_SIZE = 256;
const FIRST_POOL_UNIT = 7;

export class Gpu {
  readonly copier: CellCopier;
  readonly from: DataTexture;
  readonly to: DataTexture;
  readonly images: DataTexture;
  readonly instances: DataTexture;
  readonly micro: DataTexture;
  readonly marks: DataTexture;
  readonly palette: DataTexture;
  private readonly pools: (LevelPool | undefined)[];
  private readonly points: { program: WebGLProgram; uniforms: Uniforms };
  private readonly thumbnails: { program: WebGLProgram; uniforms: Uniforms };
  private readonly nothing: WebGLVertexArrayObject;
  private readonly largestPoint: number;

  constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly shape: Shape,
  ) {
    this.copier = new CellCopier(gl, Math.max(...shape.cellSides, shape.tilePx));
    this.from = new DataTexture(gl, 'rgba32f', shape.imageCount);
    this.to = new DataTexture(gl, 'rgba32f', shape.imageCount);
    this.images = new DataTexture(gl, 'rgba8', shape.imageCount);
    this.instances = new DataTexture(gl, 'rgba32ui', MAX_THUMBNAILS);
    this.micro = new DataTexture(gl, 'rg32ui', shape.imageCount);
    this.marks = new DataTexture(gl, 'rg8ui', shape.imageCount);
    this.palette = new DataTexture(gl, 'rgba8', PALETTE_SIZE);
    this.pools = shape.cellSides.map(() => undefined);
    const pass = (vertex: string, fragment: string) => {
      const program = makeProgram(gl, vertex, fragment);
      return { program, uniforms: new Uniforms(gl, program) };
    };
    this.points = pass(POINT_VERTEX, POINT_FRAGMENT);
    this.thumbnails = pass(THUMBNAIL_VERTEX, thumbnailFragment(shape.cellSides.length));
    this.nothing = gl.createVertexArray();
    this.largestPoint = (gl.getParameter(gl.ALIASED_POINT_SIZE_RANGE) as Float32Array)[1];
  }

  /** The pool of a level, made when first asked for. */
  pool(level: number): LevelPool {
    return (this.pools[level] ??= new LevelPool(this.gl, this.shape.cellSides[level], this.shape.imageCount, this.shape.poolShare));
  }

  poolIfMade(level: number): LevelPool | undefined {
    return this.pools[level];
  }

  /** Bytes of all textures: our own account, since no browser tells. */
  get bytes(): number {
    const pools = this.pools.reduce((sum, pool) => sum + (pool?.bytes ?? 0), 0);
    return pools + this.copier.bytes + this.from.bytes + this.to.bytes + this.images.bytes + this.micro.bytes + this.instances.bytes + this.marks.bytes + this.palette.bytes;
  }

  beginFrame(): void {
    const gl = this.gl;
    gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.clearColor(0, 0, 0, 0); // the page and the ground show through
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.bindVertexArray(this.nothing);
  }

  private bind(unit: number, target: number, texture: WebGLTexture, uniforms: Uniforms, name: string): void {
    const gl = this.gl;
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(target, texture);
    gl.uniform1i(uniforms.at(name), unit);
  }

  private setPlace(uniforms: Uniforms, frame: Frame): void {
    const gl = this.gl;
    const { camera, viewport, sizing } = frame;
    this.bind(0, gl.TEXTURE_2D, this.from.texture, uniforms, 'uFrom');
    this.bind(1, gl.TEXTURE_2D, this.to.texture, uniforms, 'uTo');
    this.bind(2, gl.TEXTURE_2D, this.images.texture, uniforms, 'uImages');
    this.bind(4, gl.TEXTURE_2D, this.marks.texture, uniforms, 'uMarks');
    this.bind(5, gl.TEXTURE_2D, this.palette.texture, uniforms, 'uPalette');
    this.bind(6, gl.TEXTURE_2D, this.micro.texture, uniforms, 'uMicro');
    gl.uniform1i(uniforms.at('uColored'), frame.isColored ? 1 : 0);
    gl.uniform3f(uniforms.at('uBackground'), ...frame.background);
    gl.uniform3f(uniforms.at('uAccent'), ...frame.accent);
    gl.uniform1f(uniforms.at('uMix'), frame.mix);
    gl.uniform3f(uniforms.at('uCamera'), camera.x, camera.y, camera.scale);
    gl.uniform2f(uniforms.at('uViewport'), viewport.width, viewport.height);
    gl.uniform1f(uniforms.at('uRatio'), frame.devicePixelRatio);
    gl.uniform1f(uniforms.at('uProminent'), sizing.to.prominentPx);
    gl.uniform4f(uniforms.at('uSizingFrom'), sizing.from.pxPerRoom, sizing.from.floorPx, sizing.from.capPx, sizing.from.shape);
    gl.uniform4f(uniforms.at('uSizingTo'), sizing.to.pxPerRoom, sizing.to.floorPx, sizing.to.capPx, sizing.to.shape);
  }

  /** @param looks those that there are: one pass each, the first lies below */
  drawPoints(frame: Frame, looks: readonly number[]): void {
    const gl = this.gl;
    gl.useProgram(this.points.program);
    this.setPlace(this.points.uniforms, frame);
    gl.uniform1f(this.points.uniforms.at('uLargest'), this.largestPoint);
    for (const look of looks) {
      gl.uniform1ui(this.points.uniforms.at('uLook'), look);
      gl.drawArrays(gl.POINTS, 0, this.shape.imageCount);
    }
  }

  drawThumbnails(frame: Frame, count: number): void {
    const gl = this.gl;
    const { program, uniforms } = this.thumbnails;
    gl.useProgram(program);
    this.setPlace(uniforms, frame);
    this.bind(3, gl.TEXTURE_2D, this.instances.texture, uniforms, 'uInstances');
    const stand = this.pools.find((pool) => pool !== undefined) ?? this.pool(0);
    this.shape.cellSides.forEach((side, i) => {
      const pool = this.pools[i];
      this.bind(FIRST_POOL_UNIT + i, gl.TEXTURE_2D_ARRAY, (pool ?? stand).texture, uniforms, `uPool${String(i)}`);
      const perRow = Math.floor(POOL_PX / side);
      gl.uniform4i(uniforms.at(`uGeometry[${String(i)}]`), side, perRow, perRow * perRow, 0);
    });
    gl.uniform1f(uniforms.at('uPoolPx'), POOL_PX);
    gl.drawArrays(gl.TRIANGLES, 0, count * 6);
  }
}
