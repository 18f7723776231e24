//! As much of zip as it takes to find a file in an archive of ours: no encryption, no zip64, no parts. Lengths are
//! read from the central directory; anything that does not fit ends the search.

const END_OF_DIRECTORY: &[u8] = b"PK\x05\x06";
const DIRECTORY_ENTRY: &[u8] = b"PK\x01\x02";
const LOCAL_ENTRY: &[u8] = b"PK\x03\x04";
const DEFLATED: u16 = 8;

/// A file of an archive.
pub(super) struct Entry {
    pub(super) name: &'static [u8],
    pub(super) crc32: u32,
    /// Bytes of the file itself.
    pub(super) size: u32,
    /// The file as it lies in the archive.
    pub(super) data: &'static [u8],
    method: u16,
}

impl Entry {
    /// The file as a gzip stream; `None`: it is not deflated. A gzip stream is a head, deflated data, the checksum and
    /// the length, and all of that stands in the archive.
    pub(super) fn gzip(&self) -> Option<Vec<u8>> {
        const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
        (self.method == DEFLATED)
            .then(|| [&HEAD, self.data, &self.crc32.to_le_bytes(), &self.size.to_le_bytes()].concat())
    }
}

/// The files of an archive.
pub(super) fn entries(archive: &'static [u8]) -> impl Iterator<Item = Entry> {
    let end = archive.windows(END_OF_DIRECTORY.len()).rposition(|window| window == END_OF_DIRECTORY);
    let directory = end.and_then(|end| archive.get(index(u32_at(archive, end + 16)?)..end));
    let mut rest = directory.unwrap_or_default();
    std::iter::from_fn(move || {
        let (entry, length) = entry(archive, rest)?;
        rest = rest.get(length..)?;
        Some(entry)
    })
}

/// The file at the head of the directory, and the length of its record.
fn entry(archive: &'static [u8], directory: &'static [u8]) -> Option<(Entry, usize)> {
    if !directory.starts_with(DIRECTORY_ENTRY) {
        return None;
    }
    let name_length = usize::from(u16_at(directory, 28)?);
    let name = directory.get(46..46 + name_length)?;
    let length = 46 + name_length + usize::from(u16_at(directory, 30)?) + usize::from(u16_at(directory, 32)?);
    let local = archive.get(index(u32_at(directory, 42)?)..).filter(|local| local.starts_with(LOCAL_ENTRY))?;
    let start = 30 + usize::from(u16_at(local, 26)?) + usize::from(u16_at(local, 28)?);
    let data = local.get(start..)?.get(..index(u32_at(directory, 20)?))?;
    let entry = Entry {
        name,
        crc32: u32_at(directory, 16)?,
        size: u32_at(directory, 24)?,
        data,
        method: u16_at(directory, 10)?,
    };
    Some((entry, length))
}

/// An offset; one too large for the machine is behind every end.
fn index(offset: u32) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|chunk| u16::from_le_bytes(*chunk))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|chunk| u32::from_le_bytes(*chunk))
}
