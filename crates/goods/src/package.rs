//! Packages for the printing house: files of codes and a manifest in a ZIP file under a password, written as the codes are
//! minted. Memory stays the same however many there are. Everything follows from the package's description and its secret, so
//! a package that is written again is the same, byte for byte.

use std::io::{self, BufWriter, Write};

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tallymark_base::Timestamp;
use tallymark_base::id::{BatchId, PackageId};
use tallymark_base::random::hmac_sha256;
use tallymark_base::seal::Key;
use tallymark_codes::{
    CodeIndex, CodeText, Face, Gtin, Host, LabelError, Level, Minter, Qr, QrError, SealedZip, Sscc, ZipTime,
};

use crate::print::chunks;
use crate::rules::package::{Facts, Line, Piece, Planned, files_of};
use crate::types::package::{Contents, Format, Package, Part};
use crate::{Batch, Catalog, Error};

/// Characters of a password, 5 bits each, without its hyphens.
const PASSWORD_CHARACTERS: usize = 24;
/// Pixels of a module in a PNG: a symbol of the usual link is then some 300 pixels wide.
const MODULE_PX: u32 = 8;
/// Bytes that are gathered before they are handed on.
const BUFFER_BYTES: usize = 64 * 1024;

const MANIFEST: &str = "manifest.json";

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Bytes of the whole file.
    pub bytes: u64,
    /// Its SHA-256, 64 hexadecimal digits.
    pub sha256: String,
}

/// The password of a package, from its secret: 120 bits in groups of four, none of them easily misread.
pub fn password_of(secret: &Key) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let bytes = hmac_sha256(secret.bytes(), &[b"package password"]);
    let mut password = String::new();
    // A byte has eight values for each of the 32 characters, so all are alike.
    for (at, byte) in bytes.iter().take(PASSWORD_CHARACTERS).enumerate() {
        if at > 0 && at % 4 == 0 {
            password.push('-');
        }
        password.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    password
}

/// No two files of a package share a salt, and no two packages a password.
fn salt_of(secret: &Key, number: usize) -> [u8; 16] {
    let bytes = hmac_sha256(secret.bytes(), &[b"package salt", &(number as u64).to_be_bytes()]);
    std::array::from_fn(|at| bytes[at])
}

/// How long the file becomes; none where it holds pictures, whose lengths are only known when they are drawn.
pub fn bytes_of(catalog: &Catalog, package: &Package) -> Result<Option<u64>, Error> {
    if package.contents.format.is_picture() {
        return Ok(None);
    }
    let plan = Plan::new(catalog, package)?;
    let told = |file: &Planned| Told::new(file, plan.line(file.part).bytes(file.serials), &[0; 32]);
    let told: Vec<Told> = plan.files.iter().map(told).collect();
    let manifest = plan.manifest(package, &told).len() as u64;
    let files = told.iter().map(|file| (file.name.as_str(), file.bytes)).chain([(MANIFEST, manifest)]);
    Ok(Some(SealedZip::<Vec<u8>>::bytes_of(files)))
}

/// Writes the package.
///
/// # Errors
/// Before anything is written where the batch has no such codes; [`Error::Zip`] as soon as `out` takes no more.
pub fn write(catalog: &Catalog, package: &Package, secret: &Key, out: impl Write) -> Result<Written, Error> {
    let plan = Plan::new(catalog, package)?;
    let counted = Counted { out: BufWriter::with_capacity(BUFFER_BYTES, out), hash: Sha256::new(), bytes: 0 };
    let mut zip = SealedZip::new(counted, &password_of(secret), ZipTime::from_unix_micros(package.created_at.0));
    let mut told = Vec::with_capacity(plan.files.len());
    for (number, file) in plan.files.iter().enumerate() {
        let salt = salt_of(secret, number);
        told.push(if package.contents.format.is_picture() {
            plan.draw(catalog, file, salt, &mut zip)?
        } else {
            plan.mint(catalog, file, salt, &mut zip)?
        });
    }
    let mut manifest = plan.manifest(package, &told);
    zip.begin(MANIFEST, manifest.len() as u64, salt_of(secret, plan.files.len()))?;
    zip.write(&mut manifest)?;
    let counted = zip.finish()?;
    Ok(Written { bytes: counted.bytes, sha256: hex(&counted.hash.finalize()) })
}

/// What a package is made of.
struct Plan<'c> {
    contents: &'c Contents,
    batch: &'c Batch,
    gtin: Gtin,
    host: Option<Host>,
    files: Vec<Planned>,
}

impl<'c> Plan<'c> {
    fn new(catalog: &'c Catalog, package: &'c Package) -> Result<Self, Error> {
        let batch = catalog.batch(package.batch).ok_or(Error::BatchNotFound { batch: package.batch })?;
        let product = catalog.product(batch.product).ok_or(Error::ProductNotFound { product: batch.product })?;
        let host = package.contents.origin.as_deref().map(Host::parse).transpose();
        let host = host.map_err(|error| tallymark_store::Error::Unreadable(format!("origin of a package: {error}")))?;
        let files = files_of(&package.contents, &batch.packing())?;
        Ok(Self { contents: &package.contents, batch, gtin: product.gtin, host, files })
    }

    fn line(&self, part: Part) -> Line {
        Line::of(self.contents, part, &Facts::of(self.batch, self.gtin, self.host.as_ref()))
    }

    /// Writes a file of lines.
    fn mint<W: Write>(
        &self,
        catalog: &Catalog,
        file: &Planned,
        salt: [u8; 16],
        zip: &mut SealedZip<W>,
    ) -> Result<Told, Error> {
        let Part { level, face } = file.part;
        let line = self.line(file.part);
        let mut packs = packs_of(catalog, self.batch, level, &line)?;
        let (minter, indexes) = catalog.minting(self.batch.id, level, face, Some(file.serials))?;
        let first_sscc = catalog.sscc(self.batch.id, level, 0);
        let bytes = line.bytes(file.serials);
        zip.begin(&file.name, bytes, salt)?;
        let (mut hash, mut serial, mut text) = (Sha256::new(), file.serials.first, line.heading.clone());
        for chunk in chunks(indexes) {
            minter.mint_range(chunk, |_, code| {
                put_line(&mut text, &line.pieces, (serial, code), first_sscc, &mut packs);
                serial += 1;
            });
            hash.update(&text);
            zip.write(&mut text)?;
            text.clear();
        }
        Ok(Told::new(file, bytes, &hash.finalize().into()))
    }

    /// Writes a picture of one code.
    fn draw<W: Write>(
        &self,
        catalog: &Catalog,
        file: &Planned,
        salt: [u8; 16],
        zip: &mut SealedZip<W>,
    ) -> Result<Told, Error> {
        let Part { level, face } = file.part;
        let (minter, indexes) = catalog.minting(self.batch.id, level, face, Some(file.serials))?;
        let code = minter.mint(indexes.first());
        let mut text = Vec::new();
        let sscc = catalog.sscc(self.batch.id, level, 0);
        put_line(&mut text, &self.line(file.part).pieces, (file.serials.first, &code), sscc, &mut []);
        let unfit = |error: QrError| Error::from(LabelError::from(error));
        let qr = Qr::new(String::from_utf8_lossy(&text).trim_end()).map_err(unfit)?;
        let mut picture = match self.contents.format {
            Format::Png => qr.png(MODULE_PX).map_err(unfit)?,
            _ => qr.svg().into_bytes(),
        };
        let told = Told::new(file, picture.len() as u64, &Sha256::digest(&picture).into());
        zip.begin(&file.name, told.bytes, salt)?;
        zip.write(&mut picture)?;
        Ok(told)
    }

    fn manifest(&self, package: &Package, files: &[Told]) -> Vec<u8> {
        let manifest = Manifest {
            version: 1,
            package: package.id,
            batch: package.batch,
            gtin: self.gtin.to_string(),
            lot: &self.batch.lot,
            recipient: &package.recipient,
            ordered_at: package.created_at,
            contents: self.contents,
            codes: package.codes,
            files,
        };
        let mut text = serde_json::to_vec_pretty(&manifest).expect("a plain struct always serializes");
        text.push(b'\n');
        text
    }
}

/// What says what is in a package, inside of it.
#[derive(Serialize)]
struct Manifest<'m> {
    version: u32,
    package: PackageId,
    batch: BatchId,
    gtin: String,
    lot: &'m str,
    recipient: &'m str,
    ordered_at: Timestamp,
    contents: &'m Contents,
    codes: u64,
    files: &'m [Told],
}

/// One file, as the manifest tells it.
#[derive(Serialize)]
struct Told {
    name: String,
    level: Level,
    face: Face,
    first_serial: u64,
    last_serial: u64,
    codes: u64,
    bytes: u64,
    sha256: String,
}

impl Told {
    fn new(file: &Planned, bytes: u64, sha256: &[u8; 32]) -> Self {
        let Planned { name, part: Part { level, face }, serials } = file;
        Self {
            name: name.clone(),
            level: *level,
            face: *face,
            first_serial: serials.first,
            last_serial: serials.last,
            codes: serials.count(),
            bytes,
            sha256: hex(sha256),
        }
    }
}

/// The codes of packs of one level, as the codes that lie in them go by.
struct Packs {
    level: Level,
    minter: Minter,
    first: CodeIndex,
    /// Codes in a pack.
    size: u64,
    /// The pack that was named last.
    last: Option<(u64, CodeText)>,
}

impl Packs {
    fn code(&mut self, serial: u64) -> &CodeText {
        let pack = serial / self.size;
        if self.last.as_ref().is_none_or(|(last, _)| *last != pack) {
            // The range of the level was given out for all of its packs.
            let index = CodeIndex::new(self.first.get() + pack).unwrap_or(CodeIndex::MAX);
            self.last = Some((pack, self.minter.mint(index)));
        }
        &self.last.as_ref().expect("it was named above").1
    }
}

/// The packs that lines name. Sizes are whole numbers of the smaller packs.
fn packs_of(catalog: &Catalog, batch: &Batch, level: Level, line: &Line) -> Result<Vec<Packs>, Error> {
    let packing = batch.packing();
    let wanted = line.pieces.iter().filter_map(|piece| if let Piece::Pack(pack) = piece { Some(*pack) } else { None });
    let packs = wanted.map(|pack| {
        let (minter, indexes) = catalog.minting(batch.id, pack, Face::Outer, None)?;
        let size = packing.size(pack).unwrap_or(1) / packing.size(level).unwrap_or(1);
        Ok(Packs { level: pack, minter, first: indexes.first(), size, last: None })
    });
    packs.collect()
}

fn put_line(
    out: &mut Vec<u8>,
    pieces: &[Piece],
    (serial, code): (u64, &CodeText),
    first_sscc: Option<Sscc>,
    packs: &mut [Packs],
) {
    for piece in pieces {
        match piece {
            Piece::Fixed(bytes) => out.extend_from_slice(bytes),
            Piece::Code => out.extend_from_slice(code.as_bytes()),
            Piece::Serial => put_number(out, serial),
            Piece::Sscc => {
                let sscc = first_sscc.and_then(|first| Sscc::from_number(first.number() + serial));
                out.extend_from_slice(sscc.map(|sscc| sscc.to_string()).unwrap_or_default().as_bytes());
            }
            Piece::Pack(level) => {
                let pack = packs.iter_mut().find(|pack| pack.level == *level).map(|pack| pack.code(serial));
                out.extend_from_slice(pack.map_or(b"", CodeText::as_bytes));
            }
        }
    }
}

fn put_number(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Hands on what it is given, and knows how much it was and its hash.
struct Counted<W> {
    out: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write_all(bytes)?;
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
