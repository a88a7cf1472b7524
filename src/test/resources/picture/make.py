"""Makes the pictures in this folder and expected.tsv: what Pillow 12.3 (libjpeg-turbo 3.1, libwebp 1.6) sees in them.

    python3 make.py          (Pillow 12.3, NumPy)

expected.tsv: name, width, height, CRC-32 of the pixels as RGBA bytes, transparent ones as zeros. Where Pillow clips or cuts samples
of more than eight bits, the value is the formula's instead: round(255 * value / range), floating point from 0 to 1.
"""
import io, os, struct, zlib
import numpy as np
from PIL import Image, ImageOps, ImageCms

HERE = os.path.dirname(os.path.abspath(__file__)) + '/'
rng = np.random.default_rng(1)
W, H = 40, 27
y, x = np.mgrid[0:H, 0:W]
base = np.stack([128 + 100 * np.sin(x / 7 + y / 11), 128 + 90 * np.cos(y / 5) * np.sin(x / 9), 40 + x * 4 + 20 * np.sin(y / 3)], -1)
photo = Image.fromarray(np.clip(base + rng.normal(0, 3, (H, W, 3)), 0, 255).astype(np.uint8))
alpha = np.clip(255 * (np.sin(x / 12) * np.cos(y / 8) * 0.6 + 0.5), 0, 255).astype(np.uint8)
rgba = photo.copy(); rgba.putalpha(Image.fromarray(alpha))
RGB, A = np.array(photo), np.array(rgba).astype(int)
expected = {}


def save(name, data, pixels=None):
    open(HERE + name, 'wb').write(data)
    expected[name] = pixels


def enc(im, **k):
    b = io.BytesIO(); im.save(b, **k); return b.getvalue()


def tiff_field(number, kind=3, endian='>'):
    """Exif with an orientation."""
    e = (b'MM\0*' if endian == '>' else b'II*\0') + struct.pack(endian + 'IHHHI', 8, 1, 274, kind, 1)
    return e + struct.pack(endian + ('HH' if kind == 3 else 'I'), *((number, 0) if kind == 3 else (number,))) + b'\0' * 4


def chunk(t, d): return struct.pack('>I', len(d)) + t + d + struct.pack('>I', zlib.crc32(t + d))


# Orientation
for o in range(1, 9):
    save(f'turned{o}.jpg', enc(photo, format='JPEG', exif=b'Exif\0\0' + tiff_field(o), quality=90))
    save(f'turned{o}.png', enc(photo, format='PNG', exif=tiff_field(o)))
    save(f'turned{o}.webp', enc(photo, format='WEBP', exif=tiff_field(o), quality=80))
    save(f'turned{o}.tif', enc(photo, format='TIFF', tiffinfo={274: o}))
save('little6.jpg', enc(photo, format='JPEG', exif=b'Exif\0\0' + tiff_field(6, endian='<')))
save('long6.jpg', enc(photo, format='JPEG', exif=b'Exif\0\0' + tiff_field(6, 4)))
save('nine.jpg', enc(photo, format='JPEG', exif=b'Exif\0\0' + tiff_field(9)))
xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
save('xmp6.jpg', enc(photo, format='JPEG', xmp=xmp))
save('xmp6.webp', enc(photo, format='WEBP', xmp=xmp, lossless=True))
save('turned_alpha5.webp', enc(rgba, format='WEBP', exif=tiff_field(5), quality=80))
p = enc(photo, format='PNG')
save('behind6.png', p[:-12] + chunk(b'eXIf', tiff_field(6)) + p[-12:])
e = b'Exif\0\0' + tiff_field(6)
save('raw6.png', p[:33] + chunk(b'zTXt', b'Raw profile type exif\0\0' + zlib.compress(b'\nexif\n%8d\n' % len(e) + e.hex().encode() + b'\n')) + p[33:])
save('xmp6.png', p[:33] + chunk(b'iTXt', b'XML:com.adobe.xmp\0\0\0\0\0' + xmp) + p[33:])

# Ends
save('whole.png', p); save('noiend.png', p[:-12]); save('nocrc.png', p[:-16]); save('zeros.png', p[:-12] + b'\0' * 100); save('behind.png', p + b'garbage')
b = enc(photo, format='JPEG', quality=90); save('whole.jpg', b); save('zeros.jpg', b[:-2] + b'\0' * 16); save('manyzeros.jpg', b[:-2] + b'\0' * 3000); save('behind.jpg', b + b'xyz' * 100)
b = enc(photo.convert('L'), format='JPEG'); save('greyzeros.jpg', b[:-2] + b'\0' * 16)

# JPEG
for s in (0, 1, 2): save(f'sub{s}.jpg', enc(photo, format='JPEG', quality=75, subsampling=s))
save('progressive.jpg', enc(photo, format='JPEG', progressive=True)); save('grey.jpg', enc(photo.convert('L'), format='JPEG'))
save('restart.jpg', enc(photo, format='JPEG', restart_marker_blocks=2)); save('cmyk.jpg', enc(photo.convert('CMYK'), format='JPEG', quality=95)); save('rgb.jpg', enc(photo, format='JPEG', keep_rgb=True))


# PNG, every kind
def png(w, h, depth, kind, rows, *chunks):
    data = zlib.compress(b''.join(b'\0' + r for r in rows))
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, depth, kind, 0, 0, 0)) + b''.join(chunks) + chunk(b'IDAT', data) + chunk(b'IEND', b'')


def packed(samples, depth):
    v = rng.integers(0, 1 << depth, (11, 37 * samples)); rows = []
    for r in v:
        if depth >= 8: rows.append(r.astype('>u2' if depth == 16 else 'u1').tobytes())
        else:
            bits = ''.join(format(k, f'0{depth}b') for k in r); bits += '0' * (-len(bits) % 8)
            rows.append(bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8)))
    return v.reshape(11, 37, samples), rows


def eight(v, depth): return np.floor(v * 255 / ((1 << depth) - 1) + 0.5).astype(int)


def opaque(rgb): return np.dstack([rgb, np.full(rgb.shape[:2], 255)])


for depth in (1, 2, 4, 8, 16):
    v, rows = packed(1, depth); g = np.dstack([eight(v, depth)] * 3); t = int(v[3, 5, 0])
    save(f'grey{depth}.png', png(37, 11, depth, 0, rows), opaque(g))
    save(f'grey{depth}key.png', png(37, 11, depth, 0, rows, chunk(b'tRNS', struct.pack('>H', t))), np.dstack([g, np.where(v == t, 0, 255)]))
    if depth <= 8:
        pal = rng.integers(0, 256, (1 << depth, 3)).astype(np.uint8); tr = rng.integers(0, 256, max(1, (1 << depth) // 2)).astype(np.uint8)
        save(f'palette{depth}.png', png(37, 11, depth, 3, rows, chunk(b'PLTE', pal.tobytes())), opaque(pal[v[..., 0]]))
        full = np.concatenate([tr, np.full((1 << depth) - len(tr), 255)])
        save(f'palette{depth}alpha.png', png(37, 11, depth, 3, rows, chunk(b'PLTE', pal.tobytes()), chunk(b'tRNS', tr.tobytes())), np.dstack([pal[v[..., 0]], full[v[..., 0]]]))
for depth in (8, 16):
    v, rows = packed(2, depth); g = eight(v, depth); save(f'greyalpha{depth}.png', png(37, 11, depth, 4, rows), np.dstack([g[..., 0]] * 3 + [g[..., 1]]))
    v, rows = packed(3, depth); save(f'rgb{depth}.png', png(37, 11, depth, 2, rows), opaque(eight(v, depth)))
    t = v[2, 7]; save(f'rgb{depth}key.png', png(37, 11, depth, 2, rows, chunk(b'tRNS', struct.pack('>HHH', *map(int, t)))), np.dstack([eight(v, depth), np.where((v == t).all(-1), 0, 255)]))
    v, rows = packed(4, depth); save(f'rgba{depth}.png', png(37, 11, depth, 6, rows), eight(v, depth))


def adam7(a):
    h, w, c = a.shape; out = b''
    for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        s = a[y0::dy, x0::dx]
        if s.size: out += b''.join(b'\0' + r.tobytes() for r in s)
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, 8, {1: 0, 3: 2, 4: 6}[c], 0, 0, 1)) + chunk(b'IDAT', zlib.compress(out)) + chunk(b'IEND', b'')


save('adam7.png', adam7(RGB)); save('adam7alpha.png', adam7(np.array(rgba))); save('adam7grey.png', adam7(RGB[..., :1].copy()))
for w, h in ((1, 1), (2, 3), (5, 1), (3, 9)): save(f'adam7_{w}x{h}.png', adam7(RGB[:h, :w]))
save('gamma.png', p[:33] + chunk(b'gAMA', struct.pack('>I', 100000)) + chunk(b'cHRM', struct.pack('>8I', 31270, 32900, 70800, 29200, 17000, 79700, 13100, 4600)) + p[33:])
save('animated.png', enc(photo, format='PNG', save_all=True, append_images=[photo.rotate(180)])); save('still.png', enc(photo, format='PNG', save_all=True, default_image=True, append_images=[photo.rotate(180)]))


# TIFF
def tiff(a, bits, fmt, photometric, extra=None, big=False, endian='<', planar=1, more=()):
    h, w = a.shape[:2]; ch = 1 if a.ndim == 2 else a.shape[2]
    data = a.tobytes() if planar == 1 else np.ascontiguousarray(np.moveaxis(a, -1, 0)).tobytes()
    n = len(data) // ch; parts = ch if planar == 2 else 1; off = 16 if big else 8
    e = [(256, 4, [w]), (257, 4, [h]), (258, 3, [bits] * ch), (259, 3, [1]), (262, 3, [photometric]), (273, 4, [off + i * n for i in range(parts)]), (277, 3, [ch]),
         (278, 4, [h]), (279, 4, [len(data) // parts] * parts), (284, 3, [planar]), (339, 3, [fmt] * ch)] + list(more)
    if extra is not None: e.append((338, 3, [extra]))
    code = {3: 'H', 4: 'I'}; at = off + len(data) + (len(data) & 1); own, entry, head = (8, 20, 8) if big else (4, 12, 2)
    far = at + head + entry * len(e) + own; values = b''; ifd = struct.pack(endian + ('Q' if big else 'H'), len(e))
    for tag, kind, v in sorted(e):
        raw = b''.join(struct.pack(endian + code[kind], i) for i in v); ifd += struct.pack(endian + 'HH' + ('Q' if big else 'I'), tag, kind, len(v))
        if len(raw) <= own: ifd += raw.ljust(own, b'\0')
        else: ifd += struct.pack(endian + ('Q' if big else 'I'), far + len(values)); values += raw
    start = (b'II' if endian == '<' else b'MM') + (struct.pack(endian + 'HHHQ', 43, 8, 0, at) if big else struct.pack(endian + 'HI', 42, at))
    return start + data + b'\0' * (len(data) & 1) + ifd + b'\0' * own + values


ramp = np.linspace(0, 1, 16 * 24).reshape(16, 24)
def grey(v): return opaque(np.dstack([np.floor(np.clip(v, 0, 1) * 255 + 0.5)] * 3))
for e, n in (('<', 'le'), ('>', 'be')):
    for bits, s in ((8, 255), (16, 65535), (32, 2 ** 32 - 1)):
        v = np.floor(ramp * s + 0.5).astype(f'{e}u{bits // 8}')
        save(f'grey{bits}{n}.tif', tiff(v, bits, 1, 1, endian=e), grey(v.astype(float) / s)); save(f'inverse{bits}{n}.tif', tiff(v, bits, 1, 0, endian=e), grey(1 - v.astype(float) / s))
    for bits in (16, 32, 64):
        v = ramp.astype(f'{e}f{bits // 8}'); save(f'float{bits}{n}.tif', tiff(v, bits, 3, 1, endian=e), grey(v.astype(float)))
    save(f'big{n}.tif', tiff(RGB, 8, 1, 2, big=True, endian=e), opaque(RGB)); save(f'big6{n}.tif', tiff(RGB, 8, 1, 2, big=True, endian=e, more=[(274, 3, [6])]), np.rot90(opaque(RGB), 3))
v = (ramp * 3 - 1).astype('<f4'); v[0, 0] = np.nan; v[0, 1] = np.inf; save('range.tif', tiff(v, 32, 3, 1), grey(np.nan_to_num(v.astype(float), nan=0, posinf=1)))
save('floatrgb.tif', tiff((RGB / 255).astype('<f4'), 32, 3, 2), opaque(RGB)); save('floatrgba.tif', tiff((A / 255).astype('<f4'), 32, 3, 2, extra=2), A)
save('rgb16.tif', tiff(RGB.astype('<u2') * 257, 16, 1, 2), opaque(RGB)); save('rgba16.tif', tiff(A.astype('<u2') * 257, 16, 1, 2, extra=2), A); save('planar.tif', tiff(RGB, 8, 1, 2, planar=2), opaque(RGB))
pm = A.copy(); pm[..., :3] = (A[..., :3] * A[..., 3:] + 127) // 255
for x_ in (0, 1, 2, None): save(f'extra{x_}.tif', tiff(pm.astype('u1'), 8, 1, 2, extra=x_))
al = np.maximum(pm[..., 3:], 1); un = np.dstack([np.minimum(255, 255 * pm[..., :3] // al), pm[..., 3]])
save('associated16.tif', tiff((pm * 257).astype('<u2'), 16, 1, 2, extra=1), un); save('associatedbig.tif', tiff(pm.astype('u1'), 8, 1, 2, extra=1, big=True), un)
la = np.dstack([A[..., 1], A[..., 3]]); lum = np.dstack([la[..., 0]] * 3 + [la[..., 1]]); lpm = np.dstack([(la[..., 0] * la[..., 1] + 127) // 255, la[..., 1]])
save('greyalpha8.tif', tiff(la.astype('u1'), 8, 1, 1, extra=2), lum); save('greyalpha16.tif', tiff(la.astype('<u2') * 257, 16, 1, 1, extra=2), lum); save('greyalphafloat.tif', tiff((la / 255).astype('<f4'), 32, 3, 1, extra=2), lum)
save('greyassociated.tif', tiff(lpm.astype('u1'), 8, 1, 1, extra=1), np.dstack([np.minimum(255, 255 * lpm[..., 0] // al[..., 0])] * 3 + [lpm[..., 1]]))
for c in ('tiff_lzw', 'tiff_adobe_deflate', 'packbits'): save(f'{c}.tif', enc(photo, format='TIFF', compression=c))
save('bits.tif', enc(photo.convert('1'), format='TIFF')); save('fax.tif', enc(photo.convert('1'), format='TIFF', compression='group4')); save('palette.tif', enc(photo.quantize(50), format='TIFF')); save('cmyk.tif', enc(photo.convert('CMYK'), format='TIFF'))


# GIF
def gif(w, h, frames, pal, background=0, clear=None):
    out = b'GIF89a' + struct.pack('<HHBBB', w, h, 0x87, background, 0) + bytes(pal)
    for left, top, a in frames:
        im = Image.fromarray(a.astype(np.uint8)).convert('L'); im = Image.frombytes('P', im.size, im.tobytes()); im.putpalette(pal); g = enc(im, format='GIF'); i = 13 + (3 << ((g[10] & 7) + 1) if g[10] & 0x80 else 0)
        while g[i] != 0x2C:
            i += 2
            while g[i]: i += g[i] + 1
            i += 1
        j = i + 10 + (3 << ((g[i + 9] & 7) + 1) if g[i + 9] & 0x80 else 0); k = j + 1
        while g[k]: k += g[k] + 1
        if clear is not None: out += b'\x21\xf9\x04\x01\0\0' + bytes([clear]) + b'\0'
        out += b'\x2c' + struct.pack('<HHHHB', left, top, a.shape[1], a.shape[0], 0) + g[j:k + 1]
    return out + b';'


pal = [int(v) for v in rng.integers(0, 256, 768)]; square = np.arange(320).reshape(16, 20) % 256
save('offset.gif', gif(48, 40, [(20, 10, square)], pal, 7)); save('offsetclear.gif', gif(48, 40, [(20, 10, square)], pal, 7, 9)); save('beyond.gif', gif(30, 20, [(20, 10, square)], pal)); save('two.gif', gif(40, 40, [(0, 0, square), (20, 20, square)], pal)); save('noscreen.gif', gif(0, 0, [(0, 0, square)], pal))
save('interlaced.gif', enc(photo, format='GIF', interlace=1)); save('notrailer.gif', enc(photo, format='GIF')[:-1]); save('animated.gif', enc(photo.quantize(20), format='GIF', save_all=True, append_images=[photo.rotate(180).quantize(20)]))

# WebP
for q in (1, 10, 30, 50, 75, 90, 100): save(f'lossy{q}.webp', enc(photo, format='WEBP', quality=q))
for m in (0, 2, 6): save(f'method{m}.webp', enc(photo, format='WEBP', quality=60, method=m))
for w, h in ((1, 1), (2, 2), (3, 5), (16, 16), (17, 16), (16, 17), (33, 26)): save(f'lossy_{w}x{h}.webp', enc(photo.crop((0, 0, w, h)), format='WEBP', quality=70))
for q in (100, 50): save(f'alpha{q}.webp', enc(rgba, format='WEBP', quality=60, alpha_quality=q))
save('lossless.webp', enc(photo, format='WEBP', lossless=True)); save('losslessalpha.webp', enc(rgba, format='WEBP', lossless=True)); save('losslesspalette.webp', enc(photo.quantize(6).convert('RGB'), format='WEBP', lossless=True))
turned = photo.rotate(180)
save('animated.webp', enc(photo, format='WEBP', save_all=True, append_images=[turned], quality=70)); save('animatedalpha.webp', enc(rgba, format='WEBP', save_all=True, append_images=[turned], quality=70))
part = Image.new('RGBA', (40, 30), (0, 0, 0, 0)); part.paste(photo.crop((0, 0, 20, 12)), (14, 10)); save('part.webp', enc(part, format='WEBP', save_all=True, append_images=[photo.resize((40, 30))], lossless=True, minimize_size=True))

# BMP
save('rgb.bmp', enc(photo, format='BMP')); save('grey.bmp', enc(photo.convert('L'), format='BMP')); save('bits.bmp', enc(photo.convert('1'), format='BMP')); save('palette.bmp', enc(photo.quantize(30), format='BMP')); save('alpha.bmp', enc(rgba, format='BMP'))

if os.path.exists(HERE + 'smooth30.webp'): expected['smooth30.webp'] = None  # made elsewhere: 12 x 8 macroblocks, quality 30

with open(HERE + 'expected.tsv', 'w') as out:
    for name in sorted(expected):
        a = expected[name]
        if a is None:
            im = Image.open(HERE + name); im.load(); a = np.array(ImageOps.exif_transpose(im).convert('RGBA'))
        a = np.ascontiguousarray(a).astype(np.uint8); a[a[..., 3] == 0] = 0
        out.write(f'{name}\t{a.shape[1]}\t{a.shape[0]}\t{zlib.crc32(a.tobytes()):08x}\n')

# Profiles: the same picture with one and without, so that no colour management is needed to tell what is right
icc = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes()); entries = {}
for i in range(struct.unpack('>I', icc[128:132])[0]): entries[bytes(icc[132 + 12 * i:136 + 12 * i])] = 136 + 12 * i
r, g = entries[b'rXYZ'], entries[b'gXYZ']; icc[r:r + 8], icc[g:g + 8] = icc[g:g + 8], icc[r:r + 8]; swap = bytes(icc)
tags = [(b'desc', b'desc\0\0\0\0' + struct.pack('>I', 5) + b'grey\0' + b'\0' * 79), (b'wtpt', b'XYZ \0\0\0\0' + struct.pack('>3i', 63190, 65536, 54061)),
        (b'kTRC', b'curv\0\0\0\0' + struct.pack('>IH', 1, 256) + b'\0\0'), (b'cprt', b'text\0\0\0\0none\0\0\0\0')]
at = 132 + 12 * len(tags); table = struct.pack('>I', len(tags)); body = b''
for name, d in tags: table += name + struct.pack('>II', at + len(body), len(d)); body += d + b'\0' * (-len(d) % 4)
head = struct.pack('>I4sI4s4s4s', at + len(body), b'none', 0x02100000, b'mntr', b'GRAY', b'XYZ ') + b'\0' * 12 + b'acsp' + b'\0' * 28 + struct.pack('>3i', 63190, 65536, 54061)
linear = head.ljust(128, b'\0') + table + body
for f, n, k in (('JPEG', 'jpg', {'quality': 95}), ('PNG', 'png', {}), ('TIFF', 'tif', {}), ('WEBP', 'webp', {'quality': 80})):
    open(HERE + f'swap.{n}', 'wb').write(enc(photo, format=f, icc_profile=swap, **k)); open(HERE + f'noswap.{n}', 'wb').write(enc(photo, format=f, **k))
    if f != 'JPEG': open(HERE + f'swapalpha.{n}', 'wb').write(enc(rgba, format=f, icc_profile=swap, **k)); open(HERE + f'noswapalpha.{n}', 'wb').write(enc(rgba, format=f, **k))
    if f != 'WEBP': open(HERE + f'linear.{n}', 'wb').write(enc(Image.fromarray(np.full((8, 8), 128, np.uint8)), format=f, icc_profile=linear, **k))
six = photo.quantize(60); open(HERE + 'swappalette.png', 'wb').write(enc(six, format='PNG', icc_profile=swap)); open(HERE + 'noswappalette.png', 'wb').write(enc(six, format='PNG'))
for n, d in (('nonsense', b'nonsense' * 20), ('cut', swap[:300]), ('wrong', linear)):
    open(HERE + f'{n}icc.png', 'wb').write(enc(photo, format='PNG', icc_profile=d)); open(HERE + f'{n}icc.jpg', 'wb').write(enc(photo, format='JPEG', quality=95, icc_profile=d))
