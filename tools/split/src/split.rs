//! One module becomes two. The first has the functions of the start, and for each other function
//! that it can call a stub; the second has those others and fills the slots that the stubs call
//! through. Whoever calls a stub before the second is there makes it load, and waits.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use anyhow::{Context, Result, ensure};
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, DataSection, ElementSection, Elements, EntityType,
    ExportKind, ExportSection, Function, FunctionSection, GlobalSection, GlobalType, ImportSection,
    Instruction, MemorySection, StartSection, TableSection, TypeSection, ValType,
};
use wasmparser::{ExternalKind, Operator};

use crate::module::{Module, plain_name, rough_name};
use crate::references::References;

/// The module and name of the function that the first part calls to have the second loaded.
const LOAD: (&str, &str) = ("rest", "load");
/// The module under which the second part imports from the first.
const FIRST: &str = "first";

/// Gives functions their new numbers.
struct Renumber<'a> {
    functions: &'a [Option<u32>],
}

/// A function is called by a part that neither has it nor knows how to come to it.
#[derive(Debug)]
struct OtherPart(u32);

impl std::fmt::Display for OtherPart {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "function {} is in the other part", self.0)
    }
}

impl std::error::Error for OtherPart {}

impl Reencode for Renumber<'_> {
    type Error = OtherPart;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<Self::Error>> {
        self.functions[function as usize].ok_or(Error::UserError(OtherPart(function)))
    }
}

/// What was made.
pub struct Parts<'m> {
    /// What the start needs.
    pub first: Vec<u8>,
    /// The rest.
    pub rest: Vec<u8>,
    /// The imported functions by their names, with the names that they are imported by now.
    pub renamed: Vec<(&'m str, String)>,
}

/// Splits `module`: functions whose plain name is in `needed` make the first part.
///
/// # Errors
/// When something in the module is not understood.
pub fn split<'m>(
    module: &Module<'m>,
    linked: &Module<'_>,
    needed: &HashSet<String>,
) -> Result<Parts<'m>> {
    ensure!(
        module.data.len() == linked.data.len()
            && module
                .data
                .iter()
                .zip(&linked.data)
                .all(|(a, b)| a.offset == b.offset && a.bytes == b.bytes),
        "the linked program and the one to split have other data"
    );
    let imported = module.imports.len() as u32;
    let linked_names: HashSet<&str> = linked.names.values().copied().collect();
    let in_first = in_first(module, needed);
    let mut renamed: Vec<(&str, String)> = (module.imports.iter().enumerate())
        .map(|(number, (_, name, _))| (*name, import_name(number)))
        .collect();
    renamed.sort_unstable();
    let references = References::read(linked)?;
    let mut names = Vec::new();
    let mut numbers = HashSet::new();
    for (position, function) in module.functions.iter().enumerate() {
        let index = imported + position as u32;
        if !in_first[index as usize] {
            continue;
        }
        match module
            .names
            .get(&index)
            .filter(|name| linked_names.contains(*name))
        {
            Some(name) => names.push(*name),
            // Made or renamed by wasm-bindgen.
            None => numbers_in(&function.body, &mut numbers)?,
        }
    }
    let reach = references.reach(names.into_iter(), &numbers, &module.data);

    // Which functions of the rest the first part can come to.
    let calls_of = |wanted: bool| -> Result<BTreeSet<u32>> {
        let mut called = BTreeSet::new();
        for (position, function) in module.functions.iter().enumerate() {
            if in_first[position + imported as usize] != wanted {
                continue;
            }
            for operator in function.body.get_operators_reader()? {
                match operator? {
                    Operator::Call { function_index }
                    | Operator::ReturnCall { function_index }
                    | Operator::RefFunc { function_index } => {
                        called.insert(function_index);
                    }
                    _ => {}
                }
            }
        }
        Ok(called)
    };
    let mut stubs: BTreeSet<u32> = calls_of(true)?;
    stubs.extend(
        module
            .exports
            .iter()
            .filter(|e| e.kind == ExternalKind::Func)
            .map(|e| e.index),
    );
    stubs.extend(
        module
            .slots
            .iter()
            .map(|(_, function)| *function)
            .filter(|function| {
                module
                    .names
                    .get(function)
                    .is_none_or(|name| reach.addresses.contains(*name))
            }),
    );
    stubs.retain(|function| !in_first[*function as usize]);

    // Through which slot each stub calls: its own, or a new one.
    let table_end = module
        .tables
        .first()
        .map_or(0, |table| table.initial as u32);
    let mut slot_of: BTreeMap<u32, u32> = BTreeMap::new();
    for (slot, function) in &module.slots {
        slot_of.entry(*function).or_insert(*slot);
    }
    let mut slots = table_end;
    for stub in &stubs {
        slot_of.entry(*stub).or_insert_with(|| {
            slots += 1;
            slots - 1
        });
    }
    let needed_by_rest: Vec<u32> = (calls_of(false)?.into_iter())
        .filter(|function| in_first[*function as usize])
        .collect();
    let plan = Plan {
        module,
        in_first,
        stubs,
        slot_of,
        slots,
        needed_by_rest,
        unreached: reach.unreached,
    };
    Ok(Parts {
        first: plan.first()?,
        rest: plan.rest()?,
        renamed,
    })
}

/// For each function whether it belongs to the first part.
fn in_first(module: &Module<'_>, needed: &HashSet<String>) -> Vec<bool> {
    let needed = Needed::new(module, needed);
    (0..module.function_count())
        .map(|index| {
            index < module.imports.len() as u32
                || Some(index) == module.start
                || module
                    .names
                    .get(&index)
                    .is_none_or(|name| needed.has(&plain_name(name)))
        })
        .collect()
}

/// How many bytes of code each function of the first part has, the largest first, with its name.
pub fn weigh(module: &Module<'_>, needed: &HashSet<String>) -> Vec<(usize, String)> {
    let imported = module.imports.len();
    let in_first = in_first(module, needed);
    let mut weights: Vec<(usize, String)> = (module.functions.iter().enumerate())
        .filter(|(position, _)| in_first[imported + position])
        .map(|(position, function)| {
            let name = module.names.get(&((imported + position) as u32));
            let name = name.map_or_else(String::new, |name| plain_name(name));
            (function.body.as_bytes().len(), name)
        })
        .collect();
    weights.sort_unstable_by(|a, b| b.cmp(a));
    weights
}

/// The list of what the start needs, held against a program that may be newer.
struct Needed<'l> {
    listed: &'l HashSet<String>,
    /// Rough names of which a listed function is gone: its closures are counted anew, so all that
    /// are called so now are needed.
    moved: HashSet<String>,
}

impl<'l> Needed<'l> {
    fn new(module: &Module<'_>, listed: &'l HashSet<String>) -> Self {
        let there: HashSet<String> = module.names.values().map(|name| plain_name(name)).collect();
        let moved = listed
            .difference(&there)
            .map(|name| rough_name(name))
            .collect();
        Self { listed, moved }
    }

    fn has(&self, plain: &str) -> bool {
        self.listed.contains(plain) || self.moved.contains(&rough_name(plain))
    }
}

/// Every number in a function that could be an address.
fn numbers_in(body: &wasmparser::FunctionBody<'_>, numbers: &mut HashSet<u32>) -> Result<()> {
    for operator in body.get_operators_reader()? {
        match operator? {
            Operator::I32Const { value } => {
                numbers.insert(value as u32);
            }
            Operator::I32Load { memarg }
            | Operator::I32Load8U { memarg }
            | Operator::I32Load8S { memarg }
            | Operator::I32Load16U { memarg }
            | Operator::I32Load16S { memarg }
            | Operator::I64Load { memarg } => {
                numbers.insert(memarg.offset as u32);
            }
            _ => {}
        }
    }
    Ok(())
}

struct Plan<'m, 'a> {
    module: &'m Module<'a>,
    /// By function.
    in_first: Vec<bool>,
    /// Functions of the rest that the first part can come to.
    stubs: BTreeSet<u32>,
    slot_of: BTreeMap<u32, u32>,
    /// Slots of the first table.
    slots: u32,
    /// Functions of the first part that the rest calls.
    needed_by_rest: Vec<u32>,
    unreached: Vec<Vec<std::ops::Range<u32>>>,
}

impl Plan<'_, '_> {
    fn types(&self) -> Result<(TypeSection, u32)> {
        let mut types = TypeSection::new();
        let mut same = Renumber { functions: &[] };
        if let Some(reader) = self.module.types.clone() {
            same.parse_type_section(&mut types, reader)?;
        }
        let unit = self.module.unit_type.unwrap_or_else(|| {
            types.ty().function([], []);
            self.module.parameters.len() as u32
        });
        Ok((types, unit))
    }

    fn table(&self, number: usize) -> Result<wasm_encoder::TableType> {
        let mut table = Renumber { functions: &[] }.table_type(self.module.tables[number])?;
        if number == 0 {
            table.minimum = u64::from(self.slots);
            table.maximum = table.maximum.map(|most| most.max(table.minimum));
        }
        Ok(table)
    }

    fn loaded_global(&self) -> u32 {
        self.module.globals.len() as u32
    }

    fn first(&self) -> Result<Vec<u8>> {
        let module = self.module;
        let imported = module.imports.len() as u32;
        let (types, unit) = self.types()?;
        let mut imports = ImportSection::new();
        for (number, (from, _, type_index)) in module.imports.iter().enumerate() {
            imports.import(
                from,
                &import_name(number),
                EntityType::Function(*type_index),
            );
        }
        let load = imported;
        imports.import(LOAD.0, LOAD.1, EntityType::Function(unit));

        let mut numbers: Vec<Option<u32>> = (0..imported).map(Some).collect();
        let mut next = imported + 1;
        for function in imported..module.function_count() {
            let here = self.in_first[function as usize] || self.stubs.contains(&function);
            numbers.push(here.then_some(next));
            next += u32::from(here);
        }
        let mut renumber = Renumber {
            functions: &numbers,
        };
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for (position, function) in module.functions.iter().enumerate() {
            let index = position as u32 + imported;
            if numbers[index as usize].is_none() {
                continue;
            }
            functions.function(function.type_index);
            if self.in_first[index as usize] {
                renumber.parse_function_body(&mut code, function.body.clone())?;
            } else {
                code.function(&self.stub(index, load)?);
            }
        }

        let mut tables = TableSection::new();
        for number in 0..module.tables.len() {
            tables.table(self.table(number)?);
        }
        let mut memories = MemorySection::new();
        memories.memory(renumber.memory_type(module.memory.context("no memory")?)?);
        let mut globals = GlobalSection::new();
        for global in &module.globals {
            renumber.parse_global(&mut globals, global.clone())?;
        }
        globals.global(
            GlobalType {
                val_type: ValType::I32,
                mutable: true,
                shared: false,
            },
            &ConstExpr::i32_const(0),
        );
        let mut exports = ExportSection::new();
        for export in &module.exports {
            let index = match export.kind {
                ExternalKind::Func => renumber.function_index(export.index)?,
                _ => export.index,
            };
            exports.export(export.name, renumber.export_kind(export.kind)?, index);
        }
        exports.export("m", ExportKind::Memory, 0);
        for number in 0..module.tables.len() as u32 {
            exports.export(&format!("t{number}"), ExportKind::Table, number);
        }
        for number in 0..=self.loaded_global() {
            exports.export(&format!("g{number}"), ExportKind::Global, number);
        }
        for (number, function) in self.needed_by_rest.iter().enumerate() {
            exports.export(
                &name_of(number),
                ExportKind::Func,
                renumber.function_index(*function)?,
            );
        }
        let filled = module.slots.iter().filter_map(|(slot, function)| {
            numbers[*function as usize].map(|number| (*slot, number))
        });
        let mut data = DataSection::new();
        for (segment, away) in module.data.iter().zip(&self.unreached) {
            let mut from = 0;
            for range in away {
                // A new segment costs about as much as this.
                if range.len() < 12 {
                    continue;
                }
                add_data(&mut data, segment, from..range.start);
                from = range.end;
            }
            add_data(&mut data, segment, from..segment.bytes.len() as u32);
        }

        let mut out = wasm_encoder::Module::new();
        out.section(&types)
            .section(&imports)
            .section(&functions)
            .section(&tables);
        out.section(&memories).section(&globals).section(&exports);
        if let Some(start) = module.start {
            out.section(&StartSection {
                function_index: renumber.function_index(start)?,
            });
        }
        out.section(&elements(filled)).section(&code).section(&data);
        self.finish(out)
    }

    /// Calls the function through its slot, which the rest fills when it is loaded.
    fn stub(&self, function: u32, load: u32) -> Result<Function> {
        let type_index = self.module.type_of(function);
        let parameters =
            self.module.parameters[type_index as usize].context("not a function type")?;
        let slot = self
            .slot_of
            .get(&function)
            .context("a stub without a slot")?;
        let mut stub = Function::new([]);
        stub.instruction(&Instruction::GlobalGet(self.loaded_global()));
        stub.instruction(&Instruction::I32Eqz);
        stub.instruction(&Instruction::If(wasm_encoder::BlockType::Empty));
        stub.instruction(&Instruction::Call(load));
        stub.instruction(&Instruction::End);
        for parameter in 0..parameters {
            stub.instruction(&Instruction::LocalGet(parameter));
        }
        stub.instruction(&Instruction::I32Const(*slot as i32));
        stub.instruction(&Instruction::CallIndirect {
            type_index,
            table_index: 0,
        });
        stub.instruction(&Instruction::End);
        Ok(stub)
    }

    fn rest(&self) -> Result<Vec<u8>> {
        let module = self.module;
        let imported = module.imports.len() as u32;
        let (types, unit) = self.types()?;
        let mut same = Renumber { functions: &[] };
        let mut imports = ImportSection::new();
        let memory = module.memory.context("no memory")?;
        imports.import(FIRST, "m", EntityType::Memory(same.memory_type(memory)?));
        for number in 0..module.tables.len() {
            imports.import(
                FIRST,
                &format!("t{number}"),
                EntityType::Table(self.table(number)?),
            );
        }
        for (number, global) in module.globals.iter().enumerate() {
            let kind = same.global_type(global.ty)?;
            imports.import(FIRST, &format!("g{number}"), EntityType::Global(kind));
        }
        let loaded = self.loaded_global();
        let flag = GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        };
        imports.import(FIRST, &format!("g{loaded}"), EntityType::Global(flag));
        let mut numbers = vec![None; module.function_count() as usize];
        for (number, function) in self.needed_by_rest.iter().enumerate() {
            imports.import(
                FIRST,
                &name_of(number),
                EntityType::Function(module.type_of(*function)),
            );
            numbers[*function as usize] = Some(number as u32);
        }
        let mut next = self.needed_by_rest.len() as u32;
        for function in imported..module.function_count() {
            if !self.in_first[function as usize] {
                numbers[function as usize] = Some(next);
                next += 1;
            }
        }
        let mut renumber = Renumber {
            functions: &numbers,
        };
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for (position, function) in module.functions.iter().enumerate() {
            if !self.in_first[position + imported as usize] {
                functions.function(function.type_index);
                renumber.parse_function_body(&mut code, function.body.clone())?;
            }
        }
        // Once all is in place, stubs need not ask any more.
        let start = next;
        functions.function(unit);
        let mut say = Function::new([]);
        say.instruction(&Instruction::I32Const(1));
        say.instruction(&Instruction::GlobalSet(loaded));
        say.instruction(&Instruction::End);
        code.function(&say);

        let own: BTreeMap<u32, u32> = (module
            .slots
            .iter()
            .map(|(slot, function)| (*slot, *function)))
        .chain(self.stubs.iter().map(|stub| (self.slot_of[stub], *stub)))
        .filter(|(_, function)| !self.in_first[*function as usize])
        .collect();
        let filled = own
            .into_iter()
            .filter_map(|(slot, function)| numbers[function as usize].map(|number| (slot, number)));
        let mut data = DataSection::new();
        for (segment, away) in module.data.iter().zip(&self.unreached) {
            for range in away.iter().filter(|range| range.len() >= 12) {
                add_data(&mut data, segment, range.clone());
            }
        }
        let mut out = wasm_encoder::Module::new();
        out.section(&types).section(&imports).section(&functions);
        out.section(&StartSection {
            function_index: start,
        });
        out.section(&elements(filled)).section(&code).section(&data);
        self.finish(out)
    }

    fn finish(&self, mut out: wasm_encoder::Module) -> Result<Vec<u8>> {
        if let Some(features) = self.module.features {
            out.section(&CustomSection {
                name: "target_features".into(),
                data: features.into(),
            });
        }
        let bytes = out.finish();
        wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
            .validate_all(&bytes)
            .context("what was made is not valid")?;
        Ok(bytes)
    }
}

/// A short name for the import of that number: it is written in the program and beside it.
fn import_name(number: usize) -> String {
    format!("i{number}")
}

/// A short name for the function of that number: each is written twice.
fn name_of(number: usize) -> String {
    format!("f{number}")
}

/// Element segments, one for each run of slots.
fn elements(filled: impl Iterator<Item = (u32, u32)>) -> ElementSection {
    let mut filled: Vec<(u32, u32)> = filled.collect();
    filled.sort_unstable();
    let mut section = ElementSection::new();
    for run in filled.chunk_by(|a, b| a.0 + 1 == b.0) {
        let numbers: Vec<u32> = run.iter().map(|(_, number)| *number).collect();
        section.active(
            None,
            &ConstExpr::i32_const(run[0].0 as i32),
            Elements::Functions(numbers.into()),
        );
    }
    section
}

fn add_data(
    section: &mut DataSection,
    segment: &crate::module::Segment<'_>,
    range: std::ops::Range<u32>,
) {
    let bytes = &segment.bytes[range.start as usize..range.end as usize];
    if !bytes.is_empty() {
        let offset = ConstExpr::i32_const((segment.offset + range.start) as i32);
        section.active(0, &offset, bytes.iter().copied());
    }
}
