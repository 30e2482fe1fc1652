//! Lines: event files as records, plain or compressed, several of them side by side.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use indicatif::ProgressBar;

/// A record may have 1 MiB; of a longer line only enough is kept to know that it is too long.
const LINE_BYTES_MAX: u64 = (1 << 20) + 1;

/// A file of events, one a line.
pub struct Lines {
    /// As named on the command line.
    pub path: PathBuf,
    /// Of the current line, from 1.
    pub number: u64,
    reader: Box<dyn BufRead>,
    line: Vec<u8>,
}

impl Lines {
    /// Opens a file, or standard input for `-`; what is compressed with gzip or zstd is unpacked.
    ///
    /// # Errors
    /// Names the file that cannot be read.
    pub fn open(path: &Path, progress: &ProgressBar) -> anyhow::Result<Self> {
        let raw: Box<dyn Read> = if path == Path::new("-") {
            Box::new(io::stdin().lock())
        } else {
            let file =
                File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
            progress.inc_length(file.metadata().map_or(0, |about| about.len()));
            Box::new(progress.wrap_read(file))
        };
        let mut raw = BufReader::with_capacity(1 << 18, raw);
        let start = raw.fill_buf().with_context(|| format!("cannot read {}", path.display()))?;
        let reader: Box<dyn BufRead> = if start.starts_with(&[0x1f, 0x8b]) {
            Box::new(BufReader::with_capacity(1 << 18, flate2::bufread::MultiGzDecoder::new(raw)))
        } else if start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            let unpacked = zstd::stream::read::Decoder::with_buffer(raw)
                .with_context(|| format!("cannot unpack {}", path.display()))?;
            Box::new(BufReader::with_capacity(1 << 18, unpacked))
        } else {
            Box::new(raw)
        };
        Ok(Self { path: path.to_path_buf(), number: 0, reader, line: Vec::new() })
    }

    /// Goes to the next line that is not blank; false at the end.
    ///
    /// # Errors
    /// Names the file and the line before which reading failed.
    pub fn advance(&mut self) -> anyhow::Result<bool> {
        loop {
            self.line.clear();
            let read = self.read_line().with_context(|| {
                format!("cannot read {} after line {}", self.path.display(), self.number)
            })?;
            if !read {
                return Ok(false);
            }
            self.number += 1;
            if !self.line.iter().all(u8::is_ascii_whitespace) {
                return Ok(true);
            }
        }
    }

    fn read_line(&mut self) -> io::Result<bool> {
        let read = self.reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut self.line)?;
        if self.line.ends_with(b"\n") {
            self.line.pop();
            if self.line.ends_with(b"\r") {
                self.line.pop();
            }
        } else if LINE_BYTES_MAX <= read as u64 {
            self.reader.skip_until(b'\n')?;
        }
        Ok(0 < read)
    }

    /// The current line.
    pub fn line(&self) -> &[u8] {
        &self.line
    }
}
