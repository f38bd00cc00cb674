//! The skeleton of a PDF file (ISO 32000-1, 7.5) written as it comes: objects leave memory at once,
//! and only their offsets are kept for the cross-reference table at the end. `pdf_writer::Pdf`
//! would hold the whole file.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::writers::Catalog;
use pdf_writer::{Chunk, Filter, Name, Rect, Ref, Settings};

const CATALOG: Ref = Ref::new(1);
const PAGE_TREE: Ref = Ref::new(2);
const FONT: Ref = Ref::new(3);

/// Name of the font in content streams.
pub(super) const FONT_NAME: Name<'static> = Name(b"F");

/// Pages below one node of the page tree, so that no node grows with the file.
const PAGES_PER_NODE: usize = 256;

/// Level 1 makes content a third as large for a twelfth of the time that a label takes.
const COMPRESSION: u32 = 1;

/// Widest file: the cross-reference table has ten digits for an offset.
const FILE_BYTES_MAX: u64 = 9_999_999_999;

/// A PDF file that is being written to `out`.
pub(super) struct PdfFile<W> {
    out: W,
    written: u64,
    /// Offset of every object so far; object numbers start at 1. Zero until it is written.
    offsets: Vec<u64>,
    node: Ref,
    node_pages: Vec<Ref>,
    full_nodes: Vec<Ref>,
    pages: i32,
}

impl<W: Write> PdfFile<W> {
    pub(super) fn new(out: W) -> io::Result<Self> {
        let mut file = Self {
            out,
            written: 0,
            offsets: vec![0; 3],
            node: Ref::new(4),
            node_pages: Vec::with_capacity(PAGES_PER_NODE),
            full_nodes: Vec::new(),
            pages: 0,
        };
        // The bytes above 127 tell transfer programs that the file is binary (7.5.2).
        file.write(b"%PDF-1.7\n%\x80\x80\x80\x80\n\n")?;
        Ok(file)
    }

    /// Adds a page that shows `content`.
    pub(super) fn add_page(&mut self, content: &[u8]) -> io::Result<()> {
        if self.node_pages.is_empty() {
            self.node = self.next_ref()?;
        }
        let (stream, page) = (self.next_ref()?, self.next_ref()?);
        let compressed = compressed(content)?;
        self.write_object(stream, |chunk| {
            chunk.stream(stream, &compressed).filter(Filter::FlateDecode);
        })?;
        let node = self.node;
        self.write_object(page, |chunk| {
            chunk.page(page).parent(node).contents(stream);
        })?;
        self.node_pages.push(page);
        self.pages += 1;
        if self.node_pages.len() == PAGES_PER_NODE {
            self.write_node()?;
        }
        Ok(())
    }

    /// Writes what the pages share and the table of objects. Every page has this size in points.
    pub(super) fn finish(mut self, page_width: f32, page_height: f32) -> io::Result<W> {
        if !self.node_pages.is_empty() {
            self.write_node()?;
        }
        let (nodes, pages) = (std::mem::take(&mut self.full_nodes), self.pages);
        self.write_object(PAGE_TREE, |chunk| {
            let mut tree = chunk.pages(PAGE_TREE);
            tree.kids(nodes).count(pages);
            tree.media_box(Rect::new(0.0, 0.0, page_width, page_height));
            tree.resources().fonts().pair(FONT_NAME, FONT);
        })?;
        self.write_object(FONT, |chunk| {
            chunk.type1_font(FONT).base_font(Name(b"Helvetica")).encoding_predefined(Name(b"WinAnsiEncoding"));
        })?;
        self.write_object(CATALOG, |chunk| {
            chunk.indirect(CATALOG).start::<Catalog<'_>>().pages(PAGE_TREE);
        })?;
        self.write_table()?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn write_node(&mut self) -> io::Result<()> {
        let (node, kids) = (self.node, std::mem::take(&mut self.node_pages));
        self.write_object(node, |chunk| {
            let count = kids.len() as i32;
            chunk.pages(node).parent(PAGE_TREE).kids(kids).count(count);
        })?;
        self.full_nodes.push(node);
        Ok(())
    }

    /// The cross-reference table and the trailer (7.5.4 and 7.5.5).
    fn write_table(&mut self) -> io::Result<()> {
        let table_offset = self.written;
        let size = self.offsets.len() + 1;
        let mut table = format!("xref\n0 {size}\n0000000000 65535 f\r\n");
        for offset in &self.offsets {
            table.push_str(&format!("{offset:010} 00000 n\r\n"));
        }
        table.push_str(&format!(
            "trailer\n<</Size {size}/Root {} 0 R>>\nstartxref\n{table_offset}\n%%EOF",
            CATALOG.get()
        ));
        self.write(table.as_bytes())
    }

    fn next_ref(&mut self) -> io::Result<Ref> {
        self.offsets.push(0);
        i32::try_from(self.offsets.len()).map(Ref::new).map_err(|_| io::Error::other("a PDF file has too many objects"))
    }

    fn write_object(&mut self, id: Ref, build: impl FnOnce(&mut Chunk)) -> io::Result<()> {
        let mut chunk = Chunk::with_settings(Settings { pretty: false });
        build(&mut chunk);
        self.offsets[id.get() as usize - 1] = self.written;
        self.write(chunk.as_bytes())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.written += bytes.len() as u64;
        if self.written > FILE_BYTES_MAX {
            return Err(io::Error::other("a PDF file larger than 10 GB cannot be indexed"));
        }
        Ok(())
    }
}

fn compressed(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(COMPRESSION));
    encoder.write_all(content)?;
    encoder.finish()
}
