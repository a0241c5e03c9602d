//! What each function and each piece of constant data refers to, read from the relocations of a
//! module linked with `--emit-relocs`. Without them nobody can tell an address from a number.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use anyhow::{Context, Result, ensure};
use wasmparser::{
    Linking, LinkingSectionReader, RelocSectionReader, RelocationType as Kind, SymbolInfo,
};

use crate::module::{Module, Segment};

/// A data symbol: a range of one data segment.
struct Datum {
    segment: u32,
    range: Range<u32>,
}

/// What something refers to.
#[derive(Default)]
struct Uses {
    data: Vec<usize>,
    /// Names of functions whose address is taken.
    addresses: Vec<String>,
}

/// The references of a whole program.
pub struct References {
    data: Vec<Datum>,
    of_function: HashMap<String, Uses>,
    of_data: Vec<Uses>,
    /// Segments that hold constants alone.
    constant_segments: HashSet<u32>,
}

/// What a set of functions can reach without calling any other.
pub struct Reach {
    /// Names of functions whose address these functions, or the data that they read, hold.
    pub addresses: HashSet<String>,
    /// For each data segment, the ranges that only the other functions refer to, in order.
    pub unreached: Vec<Vec<Range<u32>>>,
}

impl References {
    /// Reads the relocations of a linked module.
    ///
    /// # Errors
    /// When there are none, or they cannot be read.
    pub fn read(linked: &Module<'_>) -> Result<Self> {
        let linking = linked
            .linking
            .clone()
            .context("the program was linked without --emit-relocs")?;
        let mut symbols = Vec::new();
        let mut constant_segments = HashSet::new();
        for part in LinkingSectionReader::new(linking)?.subsections() {
            match part? {
                Linking::SymbolTable(table) => {
                    symbols = table.into_iter().collect::<Result<_, _>>()?;
                }
                Linking::SegmentInfo(segments) => {
                    for (number, segment) in segments.into_iter().enumerate() {
                        if segment?.name.starts_with(".rodata") {
                            constant_segments.insert(number as u32);
                        }
                    }
                }
                _ => {}
            }
        }
        // lld drops the segments' names from what it has linked; constants come first.
        if constant_segments.is_empty() {
            constant_segments.insert(0);
        }
        let mut data = Vec::new();
        let mut datum_of_symbol = HashMap::new();
        for (number, symbol) in symbols.iter().enumerate() {
            if let SymbolInfo::Data {
                symbol: Some(place),
                ..
            } = symbol
            {
                datum_of_symbol.insert(number as u32, data.len());
                data.push(Datum {
                    segment: place.index,
                    range: place.offset..place.offset + place.size,
                });
            }
        }
        let mut found = Self {
            of_data: data.iter().map(|_| Uses::default()).collect(),
            data,
            of_function: HashMap::new(),
            constant_segments,
        };
        // By start, to find the symbol that a relocation is in.
        let mut order: Vec<usize> = (0..found.data.len()).collect();
        order.sort_by_key(|&n| (found.data[n].segment, found.data[n].range.start));
        for section in &linked.relocations {
            let section = RelocSectionReader::new(section.clone())?;
            let in_code = section.section_index() == linked.code_section.0;
            let in_data = section.section_index() == linked.data_section.0;
            for entry in section.entries() {
                let entry = entry?;
                let (datum, address) = match entry.ty {
                    Kind::MemoryAddrLeb | Kind::MemoryAddrSleb | Kind::MemoryAddrI32 => {
                        // A symbol without a place is an absolute one, such as the heap's start.
                        (datum_of_symbol.get(&entry.index).copied(), None)
                    }
                    Kind::TableIndexSleb | Kind::TableIndexI32 => {
                        match symbols.get(entry.index as usize) {
                            Some(SymbolInfo::Func { index, .. }) => {
                                (None, linked.names.get(index).map(|name| (*name).to_owned()))
                            }
                            _ => (None, None),
                        }
                    }
                    Kind::FunctionIndexLeb
                    | Kind::TypeIndexLeb
                    | Kind::GlobalIndexLeb
                    | Kind::TableNumberLeb => (None, None),
                    other if in_code || in_data => {
                        anyhow::bail!("a relocation of a kind that is not understood: {other:?}")
                    }
                    _ => (None, None),
                };
                if in_code {
                    let at = linked.code_section.1 + u64::from(entry.offset);
                    let position = linked
                        .functions
                        .partition_point(|f| f.body.range().end <= at);
                    let index = (linked.imports.len() + position) as u32;
                    let name = linked
                        .names
                        .get(&index)
                        .context("a function without a name")?;
                    let uses = found.of_function.entry((*name).to_owned()).or_default();
                    uses.data.extend(datum);
                    uses.addresses.extend(address);
                } else if in_data {
                    let at = linked.data_section.1 + u64::from(entry.offset);
                    let segment = linked
                        .data_ranges
                        .iter()
                        .position(|range| range.contains(&at))
                        .context("a relocation outside of the data")?;
                    let offset = (at - linked.data_ranges[segment].start) as u32;
                    // Symbols may overlap where equal strings were merged: all that contain it.
                    let end = order.partition_point(|&n| {
                        (found.data[n].segment, found.data[n].range.start)
                            <= (segment as u32, offset)
                    });
                    let mut any = false;
                    for &owner in order[..end].iter().rev().take(64) {
                        if found.data[owner].segment == segment as u32
                            && found.data[owner].range.contains(&offset)
                        {
                            any = true;
                            found.of_data[owner].data.extend(datum);
                            found.of_data[owner].addresses.extend(address.clone());
                        }
                    }
                    ensure!(any, "a relocation in data that no symbol names");
                }
            }
        }
        Ok(found)
    }

    /// What functions with these names can reach. `numbers` are those in functions that the linker
    /// did not make, where an address cannot be told from any other number.
    pub fn reach<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
        numbers: &HashSet<u32>,
        segments: &[Segment<'_>],
    ) -> Reach {
        let mut reached = vec![false; self.data.len()];
        let mut addresses = HashSet::new();
        let mut next: Vec<&Uses> = names
            .filter_map(|name| self.of_function.get(name))
            .collect();
        for (number, datum) in self.data.iter().enumerate() {
            let start = segments
                .get(datum.segment as usize)
                .map_or(0, |segment| segment.offset);
            let mut range = start + datum.range.start..start + datum.range.end;
            if range.any(|address| numbers.contains(&address)) {
                reached[number] = true;
                next.push(&self.of_data[number]);
            }
        }
        // What may be written stays with the start, and so does all that it refers to.
        for (number, datum) in self.data.iter().enumerate() {
            if !self.constant_segments.contains(&datum.segment) {
                reached[number] = true;
                next.push(&self.of_data[number]);
            }
        }
        while let Some(uses) = next.pop() {
            addresses.extend(uses.addresses.iter().cloned());
            for &datum in &uses.data {
                if !std::mem::replace(&mut reached[datum], true) {
                    next.push(&self.of_data[datum]);
                }
            }
        }
        let mut unreached = vec![Vec::new(); segments.len()];
        for (segment, ranges) in unreached.iter_mut().enumerate() {
            if !self.constant_segments.contains(&(segment as u32)) {
                continue;
            }
            let of = |wanted: bool| {
                let mut ranges: Vec<Range<u32>> = (self.data.iter().zip(&reached))
                    .filter(|(datum, reached)| {
                        datum.segment == segment as u32
                            && **reached == wanted
                            && !datum.range.is_empty()
                    })
                    .map(|(datum, _)| datum.range.clone())
                    .collect();
                ranges.sort_by_key(|range| range.start);
                ranges
            };
            *ranges = without(&of(false), &of(true));
        }
        Reach {
            addresses,
            unreached,
        }
    }
}

/// What is in the first ranges and not in the second; both are sorted by their starts.
fn without(ranges: &[Range<u32>], holes: &[Range<u32>]) -> Vec<Range<u32>> {
    let mut out: Vec<Range<u32>> = Vec::new();
    let mut first = 0;
    let mut done = 0;
    for range in ranges {
        let mut start = range.start.max(done);
        done = done.max(range.end);
        while first < holes.len() && holes[first].end <= start {
            first += 1;
        }
        // Holes may overlap, so each that begins in this range is looked at.
        for hole in &holes[first..] {
            if hole.start >= range.end || start >= range.end {
                break;
            }
            if hole.start > start {
                push(&mut out, start..hole.start);
            }
            start = start.max(hole.end);
        }
        if start < range.end {
            push(&mut out, start..range.end);
        }
    }
    out
}

fn push(out: &mut Vec<Range<u32>>, range: Range<u32>) {
    match out.last_mut() {
        Some(last) if last.end == range.start => last.end = range.end,
        _ => out.push(range),
    }
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn what_a_hole_covers_is_left_out() {
        let ranges = [0..10, 10..20, 30..40];
        assert_eq!(
            without(&ranges, &[5..12, 35..36]),
            [0..5, 12..20, 30..35, 36..40]
        );
    }

    #[test]
    fn overlapping_ranges_and_holes_are_told_once() {
        let ranges = [0..10, 2..8, 4..16];
        assert_eq!(without(&ranges, &[1..3, 2..5]), [0..1, 5..16]);
        assert_eq!(
            without(&ranges, &[0..20, 3..4]),
            [] as [std::ops::Range<u32>; 0]
        );
    }
}
