// The GLSL of all passes. Marks and thumbnails share the rules for place and size (geometry/sizes.ts has the
// same in TypeScript: the two are to be changed together).

const HEAD = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2DArray;
`;

const GREY = `
uniform vec3 uBackground;
// What is not lit stays as a shadow of itself: nearly grey, nearly gone.
vec3 greyOut(vec3 c) {
  float grey = 0.28 + 0.55 * dot(c, vec3(0.299, 0.587, 0.114)); // the dark ones are to be seen too
  return mix(uBackground, mix(vec3(grey), c, 0.2), 0.24);
}
`;

/** Four by four pixels, one 8-byte BC1 block an image (site format §12): all colours lie on a line between two. */
const MICRO = `
vec3 unpack565(uint c) { return vec3(float(c >> 11), float((c >> 5) & 63u), float(c & 31u)) / vec3(31.0, 63.0, 31.0); }
float shareAt(uint bits, ivec2 at) {
  uint index = (bits >> uint(8 * at.y + 2 * at.x)) & 3u;
  return index < 2u ? float(index) : float(index - 1u) / 3.0;
}
// at: 0 to 1 from the upper left
vec3 microColor(uvec2 block, vec2 at) {
  vec2 p = clamp(at * 4.0 - 0.5, 0.0, 3.0);
  ivec2 a = ivec2(p);
  ivec2 b = min(a + 1, 3);
  vec2 f = p - vec2(a);
  float upper = mix(shareAt(block.y, a), shareAt(block.y, ivec2(b.x, a.y)), f.x);
  float lower = mix(shareAt(block.y, ivec2(a.x, b.y)), shareAt(block.y, b), f.x);
  return mix(unpack565(block.x & 0xffffu), unpack565(block.x >> 16), mix(upper, lower, f.y));
}
`;

const PLACE = `
uniform highp sampler2D uFrom; // x, y, room: the layout one comes from
uniform highp sampler2D uTo;   // the layout shown
uniform sampler2D uImages;     // mean colour, aspect
uniform highp usampler2D uMicro; // two colours, indices; all 0: not here
uniform highp usampler2D uMarks; // look (0 hidden, 1 greyed out, 2 plain; 4 more: chosen), number of the colour
uniform sampler2D uPalette;    // colours by number; the first is for none
uniform bool uColored;         // whether images are marked in them
uniform vec3 uAccent;
uniform float uMix;
uniform vec3 uCamera;          // x, y, CSS pixels a world unit
uniform vec2 uViewport;        // CSS pixels
uniform float uRatio;          // device pixels a CSS pixel
uniform vec4 uSizingFrom;      // pixels a unit of room, floor, cap, shape (0: fitted in the square, 1: of its area)
uniform vec4 uSizingTo;
uniform float uProminent;      // least side of what is lit among others that are not, CSS pixels

ivec2 texelOf(int rank) { return ivec2(rank & 2047, rank >> 11); }

// Each image starts a little earlier or later, so that a change of layout flows instead of jerking.
float progress(int rank) {
  float delay = fract(float(rank % 8192) * 0.61803399) * 0.22;
  float t = clamp((uMix - delay * (1.0 - uMix)) , 0.0, 1.0);
  return t;
}
float sideOf(float room, vec4 sizing) { return clamp(room * sizing.x, sizing.y, sizing.z); }

// x, y in clip space; z: side in CSS pixels; w: shape
vec4 placeOf(int rank) {
  vec4 b = texelFetch(uTo, texelOf(rank), 0);
  vec2 at = b.xy;
  float side = sideOf(b.z, uSizingTo);
  float shape = uSizingTo.w;
  if (uMix < 1.0) {
    vec4 a = texelFetch(uFrom, texelOf(rank), 0);
    float t = progress(rank);
    at = mix(a.xy, b.xy, t);
    side = mix(sideOf(a.z, uSizingFrom), side, t);
    shape = mix(uSizingFrom.w, shape, t);
  }
  if ((texelFetch(uMarks, texelOf(rank), 0).r & 3u) == 2u) side = max(side, uProminent);
  return vec4((at - uCamera.xy) * uCamera.z * 2.0 / uViewport, side, shape);
}
vec2 fitAspect(float logAspect, float shape) {
  float longer = mix(1.0, min(2.0, exp2(0.5 * abs(logAspect))), shape);
  return longer * vec2(min(1.0, exp2(logAspect)), min(1.0, exp2(-logAspect)));
}
float roundedBox(vec2 p, vec2 halfSize, float radius) {
  vec2 q = abs(p) - halfSize + radius;
  return length(max(q, 0.0)) + min(max(q.x, q.y), 0.0) - radius;
}
`;

export const POINT_VERTEX = `${HEAD}${PLACE}
uniform float uLargest; // point size that the card can draw
uniform uint uLook;     // which images this pass draws
flat out vec3 vColor;
flat out uvec2 vMicro;  // 0: the colour alone
flat out vec2 vHalf;
flat out float vSize;
flat out float vDimmed;
void main() {
  vMicro = uvec2(0u);
  vDimmed = 0.0;
  uvec2 mark = texelFetch(uMarks, texelOf(gl_VertexID), 0).rg;
  if (mark.r != uLook) {
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0); // outside
    gl_PointSize = 1.0;
    vColor = vec3(0.0);
    vHalf = vec2(0.0);
    vSize = 1.0;
    return;
  }
  vec4 place = placeOf(gl_VertexID);
  vec4 image = texelFetch(uImages, texelOf(gl_VertexID), 0);
  float side = max(1.0, place.z * uRatio);
  vec2 fitted = fitAspect((image.a * 255.0 - 127.0) / 21.0, place.w);
  vHalf = 0.5 * side * mix(vec2(1.0), fitted, smoothstep(5.0, 10.0, place.z));
  vec3 shown = uColored ? texelFetch(uPalette, ivec2(mark.g, 0), 0).rgb : image.rgb;
  bool isChosen = (mark.r & 4u) != 0u;
  if (isChosen) vHalf = max(vHalf * 1.3, vec2(1.5 * uRatio));
  vColor = isChosen ? uAccent : shown;
  vDimmed = !isChosen && (mark.r & 3u) == 1u ? 1.0 : 0.0;
  if (!isChosen && !uColored && side > 2.5) vMicro = texelFetch(uMicro, texelOf(gl_VertexID), 0).rg;
  vSize = min(uLargest, 2.0 * max(vHalf.x, vHalf.y) + 1.0);
  gl_Position = vec4(place.xy, 0.0, 1.0);
  gl_PointSize = vSize;
}
`;

export const POINT_FRAGMENT = `${HEAD}${GREY}${MICRO}
flat in vec3 vColor;
flat in uvec2 vMicro;
flat in float vDimmed;
flat in vec2 vHalf;
flat in float vSize;
out vec4 color;
float roundedBox(vec2 p, vec2 halfSize, float radius) {
  vec2 q = abs(p) - halfSize + radius;
  return length(max(q, 0.0)) + min(max(q.x, q.y), 0.0) - radius;
}
void main() {
  vec2 p = (gl_PointCoord - 0.5) * vSize;
  float alpha = clamp(0.5 - roundedBox(p, vHalf, 0.3 * min(vHalf.x, vHalf.y)), 0.0, 1.0);
  vec3 shown = vMicro == uvec2(0u) ? vColor : microColor(vMicro, p / vHalf * 0.5 + 0.5);
  if (vDimmed > 0.0) shown = greyOut(shown);
  color = vec4(shown * alpha, alpha);
}
`;

export const THUMBNAIL_VERTEX = `${HEAD}${PLACE}
uniform highp usampler2D uInstances; // rank, slot, fade and mark, bits of the aspect
uniform ivec4 uGeometry[7];          // of each level: side of a cell, cells a row, cells a layer
flat out ivec3 vCell;    // level (-1: none), layer, side
flat out vec2 vOrigin;   // of the cell in its layer, texels
flat out vec3 vColor;
flat out uvec2 vMicro;   // 0: the colour alone
flat out vec3 vLook;     // fade, mark (0 none, 1 hovered, 2 open), whether greyed out (never what is marked or chosen)
flat out vec4 vFrame;    // colour and width of the frame, device pixels; 0: none
flat out vec2 vHalf;     // of the picture, device pixels
out vec2 vLocal;         // device pixels from the middle, y downwards
void main() {
  uvec4 instance = texelFetch(uInstances, texelOf(gl_VertexID / 6), 0);
  int rank = int(instance.x);
  uvec2 marks = texelFetch(uMarks, texelOf(rank), 0).rg;
  uint look = marks.r & 3u;
  int corner = gl_VertexID % 6;
  vec2 unit = vec2(corner == 1 || corner == 2 || corner == 4 ? 1.0 : -1.0, corner == 2 || corner >= 4 ? 1.0 : -1.0);
  float mark = float((instance.z >> 8) & 0xffu);
  bool isChosen = mark == 0.0 && (marks.r & 4u) != 0u;
  vec4 place = placeOf(rank);
  float side = max(place.z, float(instance.z >> 16)) * uRatio * (mark == 1.0 ? 1.06 : 1.0);
  vHalf = max(vec2(0.5), 0.5 * side * fitAspect(uintBitsToFloat(instance.w), place.w));
  vec2 reach = vHalf + (mark > 0.0 ? 5.0 : 1.5) * uRatio;
  vLocal = unit * reach;
  gl_Position = vec4(place.xy + vec2(unit.x, -unit.y) * reach * 2.0 / (uViewport * uRatio), 0.0, 1.0);
  if (look == 0u) gl_Position = vec4(2.0, 2.0, 2.0, 1.0); // hidden
  vColor = texelFetch(uImages, texelOf(rank), 0).rgb;
  vMicro = texelFetch(uMicro, texelOf(rank), 0).rg;
  float frame = uColored && marks.g > 0u ? clamp(0.14 * min(vHalf.x, vHalf.y), 1.5 * uRatio, 4.0 * uRatio) : 0.0;
  vFrame = vec4(texelFetch(uPalette, ivec2(marks.g, 0), 0).rgb, frame);
  if (isChosen) vFrame = vec4(uAccent, clamp(0.2 * min(vHalf.x, vHalf.y), 2.0 * uRatio, 5.0 * uRatio));
  vCell = ivec3(-1, 0, 1);
  vOrigin = vec2(0.0);
  if (instance.y > 0u) {
    int level = int(instance.y >> 24) - 1;
    int slot = int(instance.y & 0xffffffu);
    ivec4 geometry = uGeometry[level];
    int inLayer = slot % geometry.z;
    vCell = ivec3(level, slot / geometry.z, geometry.x);
    vOrigin = vec2(inLayer % geometry.y, inLayer / geometry.y) * float(geometry.x);
  }
  vLook = vec3(float(instance.z & 255u) / 255.0, mark, mark == 0.0 && !isChosen && look == 1u ? 1.0 : 0.0);
}
`;

/** @param levels number of pools, the detail pool included */
export function thumbnailFragment(levels: number): string {
  const each = (line: (i: number) => string) => Array.from({ length: levels }, (_, i) => line(i)).join('\n');
  return `${HEAD}${GREY}${MICRO}
${each((i) => `uniform sampler2DArray uPool${String(i)};`)}
uniform float uPoolPx;
uniform float uRatio;
uniform vec3 uAccent;
flat in ivec3 vCell;
flat in vec2 vOrigin;
flat in vec3 vColor;
flat in uvec2 vMicro;
flat in vec3 vLook;
flat in vec4 vFrame;
flat in vec2 vHalf;
in vec2 vLocal;
out vec4 color;
float roundedBox(vec2 p, vec2 halfSize, float radius) {
  vec2 q = abs(p) - halfSize + radius;
  return length(max(q, 0.0)) + min(max(q.x, q.y), 0.0) - radius;
}
// Half a texel inside the cell at least: a neighbour never shines in.
vec3 texel(vec2 at) {
  vec3 uvw = vec3((vOrigin + clamp(at, 0.5, float(vCell.z) - 0.5)) / uPoolPx, float(vCell.y));
${each((i) => `  if (vCell.x == ${String(i)}) return textureLod(uPool${String(i)}, uvw, 0.0).rgb;`)}
  return vColor;
}
vec3 picture() {
  vec2 at = (vLocal / vHalf * 0.5 + 0.5) * float(vCell.z);
  vec2 perPixel = float(vCell.z) / (2.0 * vHalf);
  if (max(perPixel.x, perPixel.y) < 1.1) return texel(at);
  // Reduced: the mean of four taps, spread over what the pixel covers.
  vec2 d = 0.25 * max(perPixel, 1.0);
  return 0.25 * (texel(at + d) + texel(at - d) + texel(at + vec2(d.x, -d.y)) + texel(at + vec2(-d.x, d.y)));
}
void main() {
  float radius = min(5.0 * uRatio, 0.035 * (vHalf.x + vHalf.y));
  float d = roundedBox(vLocal, vHalf, radius);
  float inside = clamp(0.5 - d, 0.0, 1.0);
  vec3 shown = vMicro == uvec2(0u) ? vColor : microColor(vMicro, vLocal / vHalf * 0.5 + 0.5);
  if (vCell.x >= 0) shown = mix(shown, picture(), vLook.x);
  // The frame lies inside the picture's border, so that neighbours keep their distance.
  if (vFrame.w > 0.0) shown = mix(shown, vFrame.rgb, clamp(0.5 + d + vFrame.w, 0.0, 1.0));
  if (vLook.z > 0.0) shown = greyOut(shown);
  // A hairline of ground around every picture parts those that overlap.
  float gap = clamp(1.0 - d / uRatio, 0.0, 1.0) * 0.7;
  float alpha = max(inside, gap);
  vec3 mixed = mix(uBackground, shown, inside);
  if (vLook.y > 0.0) {
    float ring = clamp(0.5 - (abs(d - 2.5 * uRatio) - 1.0 * uRatio), 0.0, 1.0);
    float ground = clamp(0.5 - (d - 4.0 * uRatio), 0.0, 1.0);
    alpha = max(alpha, ground * 0.9);
    mixed = mix(mixed, vLook.y > 1.5 ? uAccent : mix(uBackground, uAccent, 0.75), ring);
  }
  color = vec4(mixed * alpha, alpha);
}
`;
}

/** Copies cells from a decoded tile to their places in a pool, pixel by pixel. */
export const COPY_VERTEX = `${HEAD}
in vec4 aCopy; // x, y in clip space of the layer; x, y in texels of the tile
out vec2 vTexel;
void main() {
  gl_Position = vec4(aCopy.xy, 0.0, 1.0);
  vTexel = aCopy.zw;
}
`;

export const COPY_FRAGMENT = `${HEAD}
uniform sampler2D uTile;
in vec2 vTexel;
out vec4 color;
void main() {
  color = vec4(texelFetch(uTile, ivec2(vTexel), 0).rgb, 1.0);
}
`;
