// The few GL calls that every pass needs.

export class GraphicsError extends Error {}

export function makeProgram(gl: WebGL2RenderingContext, vertex: string, fragment: string): WebGLProgram {
  const program = gl.createProgram();
  for (const [type, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]] as const) {
    const shader = gl.createShader(type);
    if (!shader) throw new GraphicsError('no shader could be made');
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    const logs = (gl.getAttachedShaders(program) ?? []).map((s) => gl.getShaderInfoLog(s));
    throw new GraphicsError(`a shader does not link: ${[gl.getProgramInfoLog(program), ...logs].join(' ')}`);
  }
  return program;
}

/** The places of a program's uniforms, looked up once. */
export class Uniforms {
  private readonly places = new Map<string, WebGLUniformLocation | null>();

  constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly program: WebGLProgram,
  ) {}

  at(name: string): WebGLUniformLocation | null {
    let place = this.places.get(name);
    if (place === undefined) {
      place = this.gl.getUniformLocation(this.program, name);
      this.places.set(name, place);
    }
    return place;
  }
}

/** Width of the textures that hold one texel an image; rank r lies at (r mod 2048, r div 2048). */
export const DATA_WIDTH = 2048;

/** A texture of plain numbers, read by texelFetch. */
export class DataTexture {
  readonly texture: WebGLTexture;
  readonly bytes: number;
  private readonly rows: number;

  constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly kind: 'rgba32f' | 'rgba8' | 'rgba32ui' | 'rg32ui' | 'rg8ui',
    private readonly capacity: number,
  ) {
    this.rows = Math.max(1, Math.ceil(capacity / DATA_WIDTH));
    const most = gl.getParameter(gl.MAX_TEXTURE_SIZE) as number;
    if (this.rows > most) throw new GraphicsError(`${String(capacity)} images are more than this graphics card can hold`);
    this.texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, this.format().internal, DATA_WIDTH, this.rows);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    this.bytes = DATA_WIDTH * this.rows * { rgba32f: 16, rgba32ui: 16, rg32ui: 8, rgba8: 4, rg8ui: 2 }[kind];
  }

  private format(): { internal: number; format: number; type: number } {
    const gl = this.gl;
    switch (this.kind) {
      case 'rgba32f':
        return { internal: gl.RGBA32F, format: gl.RGBA, type: gl.FLOAT };
      case 'rgba8':
        return { internal: gl.RGBA8, format: gl.RGBA, type: gl.UNSIGNED_BYTE };
      case 'rgba32ui':
        return { internal: gl.RGBA32UI, format: gl.RGBA_INTEGER, type: gl.UNSIGNED_INT };
      case 'rg32ui':
        return { internal: gl.RG32UI, format: gl.RG_INTEGER, type: gl.UNSIGNED_INT };
      case 'rg8ui':
        return { internal: gl.RG8UI, format: gl.RG_INTEGER, type: gl.UNSIGNED_BYTE };
    }
  }

  /** An array of the right length for `fill`: so many numbers a texel, whole rows. */
  static lengthFor(capacity: number, numbers = 4): number {
    return Math.max(1, Math.ceil(capacity / DATA_WIDTH)) * DATA_WIDTH * numbers;
  }

  /** Uploads the first `count` texels (rounded up to whole rows). */
  fill(data: ArrayBufferView, count = this.capacity): void {
    const gl = this.gl;
    const { format, type } = this.format();
    const rows = Math.min(this.rows, Math.max(1, Math.ceil(count / DATA_WIDTH)));
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, DATA_WIDTH, rows, format, type, data);
  }

  /** Uploads the rows that hold some texels, out of an array that holds all of them. */
  fillRows(data: Uint32Array | Uint8Array, first: number, count: number): void {
    const gl = this.gl;
    const { format, type } = this.format();
    const from = Math.floor(first / DATA_WIDTH);
    const to = Math.min(this.rows, Math.ceil((first + count) / DATA_WIDTH));
    const numbers = (data.length / (DATA_WIDTH * this.rows)) * DATA_WIDTH;
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, from, DATA_WIDTH, to - from, format, type, data.subarray(from * numbers, to * numbers));
  }
}
