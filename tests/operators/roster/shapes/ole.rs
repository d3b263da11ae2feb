//! Files as Excel wrote them before 2007: a compound file (MS-CFB) of streams, and a workbook in one (MS-XLS).

const SECTOR: usize = 512;
const END: u32 = 0xFFFF_FFFE;
const FREE: u32 = 0xFFFF_FFFF;

/// A compound file of two streams at most, each of at least 4,096 bytes, so that none is in the stream of small ones.
pub(super) fn compound(streams: &[(&str, Vec<u8>)]) -> Vec<u8> {
    // The table of sectors is sector 0, the directory sector 1.
    let mut table = vec![0xFFFF_FFFD, END];
    let mut data = Vec::new();
    let mut directory = entry("Root Entry", 5, 1, FREE, END, 0);
    for (at, (name, bytes)) in (2_u32..).zip(streams) {
        let mut bytes = bytes.clone();
        bytes.resize(bytes.len().max(4096).next_multiple_of(SECTOR), 0);
        let start = u32::try_from(table.len()).unwrap();
        let end = start + u32::try_from(bytes.len() / SECTOR).unwrap();
        table.extend((start + 1..end).chain([END]));
        let next = if at as usize > streams.len() {
            FREE
        } else {
            at
        };
        let size = u64::try_from(bytes.len()).unwrap();
        directory.extend(entry(name, 2, FREE, next, start, size));
        data.extend(bytes);
    }
    directory.resize(SECTOR, 0);
    table.resize(SECTOR / 4, FREE);
    let mut file = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    file.resize(24, 0);
    for half in [0x3E_u16, 3, 0xFFFE, 9, 6, 0, 0, 0] {
        file.extend(half.to_le_bytes());
    }
    for word in [0, 1, 1, 0, 4096, END, 0, END, 0, 0] {
        file.extend(word.to_le_bytes());
    }
    file.resize(SECTOR, 0xFF);
    file.extend(table.iter().flat_map(|word| word.to_le_bytes()));
    file.extend(directory);
    file.extend(data);
    file
}

fn entry(name: &str, kind: u8, child: u32, next: u32, start: u32, size: u64) -> Vec<u8> {
    let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let length = u16::try_from(entry.len() + 2).unwrap();
    entry.resize(64, 0);
    entry.extend(length.to_le_bytes());
    entry.extend([kind, 1]);
    for word in [FREE, next, child] {
        entry.extend(word.to_le_bytes());
    }
    entry.resize(116, 0);
    entry.extend(start.to_le_bytes());
    entry.extend(size.to_le_bytes());
    entry
}

/// A workbook of one sheet of texts, as Excel 97 wrote it.
pub(super) fn xls(rows: &[&[&str]]) -> Vec<u8> {
    let record = |kind: u16, body: &[u8]| -> Vec<u8> {
        let length = u16::try_from(body.len()).unwrap();
        [&kind.to_le_bytes()[..], &length.to_le_bytes(), body].concat()
    };
    let begin = |kind: u16| {
        let halves = [0x0600, kind, 0x0DBB, 0x07CC, 0, 0, 0x0006, 0].map(u16::to_le_bytes);
        record(0x0809, &halves.concat())
    };
    let utf16 =
        |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let name = utf16("名簿");
    let sheet_at = |at: u32| {
        let count = u8::try_from(name.len() / 2).unwrap();
        let body = [&at.to_le_bytes()[..], &[0, 0, count, 1], &name].concat();
        record(0x0085, &body)
    };
    let globals = |at| {
        let code_page = record(0x0042, &1200_u16.to_le_bytes());
        [begin(5), code_page, sheet_at(at), record(0x000A, &[])].concat()
    };
    let mut book = globals(u32::try_from(globals(0).len()).unwrap());
    book.extend(begin(0x0010));
    for (row, cells) in (0_u16..).zip(rows) {
        for (column, cell) in (0_u16..).zip(*cells) {
            let text = utf16(cell);
            let count = u16::try_from(text.len() / 2).unwrap();
            let head = [row, column, 0, count].map(u16::to_le_bytes).concat();
            book.extend(record(0x0204, &[&head[..], &[1], &text].concat()));
        }
    }
    book.extend(record(0x000A, &[]));
    compound(&[("Workbook", book)])
}
