//! A WebAssembly module taken apart, as far as splitting it needs.

use std::collections::HashMap;

use anyhow::{Context, Result, bail, ensure};
use wasmparser::{
    ConstExpr, DataKind, ElementItems, ElementKind, ExternalKind, FunctionBody, Operator, Parser,
    Payload, TypeRef,
};

/// A function with a body.
pub struct Function<'a> {
    /// Index of its type.
    pub type_index: u32,
    /// Locals and instructions.
    pub body: FunctionBody<'a>,
}

/// An export.
pub struct Export<'a> {
    /// What importers call it.
    pub name: &'a str,
    /// What it is.
    pub kind: ExternalKind,
    /// Which of that kind.
    pub index: u32,
}

/// One piece of memory at its address.
pub struct Segment<'a> {
    /// Address of the first byte.
    pub offset: u32,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// The module. Functions are counted with the imported ones first, as WebAssembly does.
#[derive(Default)]
pub struct Module<'a> {
    /// The type section.
    pub types: Option<wasmparser::TypeSectionReader<'a>>,
    /// Parameters of each type, or `None` for a type that is not a function.
    pub parameters: Vec<Option<u32>>,
    /// Index of a type without parameters and results.
    pub unit_type: Option<u32>,
    /// Module, name and type of the imported functions.
    pub imports: Vec<(&'a str, &'a str, u32)>,
    /// The functions with a body.
    pub functions: Vec<Function<'a>>,
    /// The tables.
    pub tables: Vec<wasmparser::TableType>,
    /// The memory.
    pub memory: Option<wasmparser::MemoryType>,
    /// The globals.
    pub globals: Vec<wasmparser::Global<'a>>,
    /// The exports.
    pub exports: Vec<Export<'a>>,
    /// The start function.
    pub start: Option<u32>,
    /// What the first table holds, by slot.
    pub slots: Vec<(u32, u32)>,
    /// The data.
    pub data: Vec<Segment<'a>>,
    /// Names of functions, by index.
    pub names: HashMap<u32, &'a str>,
    /// The custom section that says which features are used.
    pub features: Option<&'a [u8]>,
    /// For a module linked with `--emit-relocs`: the symbol table.
    pub linking: Option<wasmparser::BinaryReader<'a>>,
    /// The same: the relocation sections.
    pub relocations: Vec<wasmparser::BinaryReader<'a>>,
    /// Section number of the code, and where its content starts in the file.
    pub code_section: (u32, u64),
    /// The same of the data.
    pub data_section: (u32, u64),
    /// Where the bytes of each data segment are in the file.
    pub data_ranges: Vec<std::ops::Range<u64>>,
}

impl<'a> Module<'a> {
    /// Takes a module apart.
    ///
    /// # Errors
    /// When it cannot be read, or has what a linked Rust program does not have: passive segments,
    /// imported memories, tables or globals.
    pub fn read(bytes: &'a [u8]) -> Result<Self> {
        let mut module = Self::default();
        let mut types_of_functions = Vec::new();
        let mut section = 0;
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            match &payload {
                Payload::TypeSection(reader) => module.read_types(reader.clone())?,
                Payload::ImportSection(reader) => {
                    for import in reader.clone().into_imports() {
                        let import = import?;
                        let TypeRef::Func(type_index) = import.ty else {
                            bail!("import {}.{} is not a function", import.module, import.name);
                        };
                        module
                            .imports
                            .push((import.module, import.name, type_index));
                    }
                }
                Payload::FunctionSection(reader) => {
                    types_of_functions = reader.clone().into_iter().collect::<Result<_, _>>()?;
                }
                Payload::TableSection(reader) => {
                    for table in reader.clone() {
                        module.tables.push(table?.ty);
                    }
                }
                Payload::MemorySection(reader) => {
                    ensure!(reader.count() == 1, "a program has one memory");
                    module.memory = reader.clone().into_iter().next().transpose()?;
                }
                Payload::GlobalSection(reader) => {
                    module.globals = reader.clone().into_iter().collect::<Result<_, _>>()?;
                }
                Payload::ExportSection(reader) => {
                    for export in reader.clone() {
                        let export = export?;
                        module.exports.push(Export {
                            name: export.name,
                            kind: export.kind,
                            index: export.index,
                        });
                    }
                }
                Payload::StartSection { func, .. } => module.start = Some(*func),
                Payload::ElementSection(reader) => module.read_elements(reader.clone())?,
                Payload::CodeSectionStart {
                    unchecked_range: range,
                    ..
                } => {
                    module.code_section = (section, range.start);
                }
                Payload::CodeSectionEntry(body) => {
                    let type_index = *types_of_functions
                        .get(module.functions.len())
                        .context("more bodies than functions")?;
                    module.functions.push(Function {
                        type_index,
                        body: body.clone(),
                    });
                }
                Payload::DataSection(reader) => {
                    module.data_section = (section, reader.range().start);
                    for data in reader.clone() {
                        let data = data?;
                        let DataKind::Active { offset_expr, .. } = data.kind else {
                            bail!("a passive data segment");
                        };
                        module.data.push(Segment {
                            offset: constant(&offset_expr)?,
                            bytes: data.data,
                        });
                        let end = data.range.end;
                        module.data_ranges.push(end - data.data.len() as u64..end);
                    }
                }
                Payload::CustomSection(custom) => match custom.name() {
                    "name" => module.read_names(custom)?,
                    "target_features" => module.features = Some(custom.data()),
                    "linking" => {
                        module.linking = Some(wasmparser::BinaryReader::new(
                            custom.data(),
                            custom.data_offset(),
                        ));
                    }
                    name if name.starts_with("reloc.") => {
                        module.relocations.push(wasmparser::BinaryReader::new(
                            custom.data(),
                            custom.data_offset(),
                        ));
                    }
                    _ => {}
                },
                _ => {}
            }
            if payload.as_section().is_some() {
                section += 1;
            }
        }
        Ok(module)
    }

    fn read_types(&mut self, reader: wasmparser::TypeSectionReader<'a>) -> Result<()> {
        for group in reader.clone() {
            for kind in group?.types() {
                let function = match &kind.composite_type.inner {
                    wasmparser::CompositeInnerType::Func(function) => Some(function),
                    _ => None,
                };
                if function.is_some_and(|f| f.params().is_empty() && f.results().is_empty()) {
                    self.unit_type.get_or_insert(self.parameters.len() as u32);
                }
                self.parameters
                    .push(function.map(|f| f.params().len() as u32));
            }
        }
        self.types = Some(reader);
        Ok(())
    }

    fn read_elements(&mut self, reader: wasmparser::ElementSectionReader<'a>) -> Result<()> {
        for element in reader {
            let element = element?;
            let functions: Vec<u32> = match element.items {
                ElementItems::Functions(reader) => reader.into_iter().collect::<Result<_, _>>()?,
                ElementItems::Expressions(_, reader) => {
                    let mut functions = Vec::new();
                    for expression in reader {
                        match expression?.get_operators_reader().read()? {
                            Operator::RefFunc { function_index } => functions.push(function_index),
                            other => bail!("a table starts with {other:?}"),
                        }
                    }
                    functions
                }
            };
            match element.kind {
                ElementKind::Active {
                    table_index,
                    offset_expr,
                } => {
                    ensure!(
                        table_index.unwrap_or(0) == 0,
                        "only the first table is filled"
                    );
                    let offset = constant(&offset_expr)?;
                    self.slots.extend(
                        functions
                            .into_iter()
                            .enumerate()
                            .map(|(n, f)| (offset + n as u32, f)),
                    );
                }
                ElementKind::Declared | ElementKind::Passive => {
                    bail!("a segment that is not active")
                }
            }
        }
        Ok(())
    }

    fn read_names(&mut self, custom: &wasmparser::CustomSectionReader<'a>) -> Result<()> {
        let reader = wasmparser::BinaryReader::new(custom.data(), custom.data_offset());
        for names in wasmparser::NameSectionReader::new(reader) {
            if let wasmparser::Name::Function(map) = names? {
                for naming in map {
                    let naming = naming?;
                    self.names.insert(naming.index, naming.name);
                }
            }
        }
        Ok(())
    }

    /// How many functions there are, the imported ones among them.
    pub fn function_count(&self) -> u32 {
        (self.imports.len() + self.functions.len()) as u32
    }

    /// A function's type.
    pub fn type_of(&self, function: u32) -> u32 {
        match self.imports.get(function as usize) {
            Some((_, _, type_index)) => *type_index,
            None => self.functions[function as usize - self.imports.len()].type_index,
        }
    }
}

fn constant(expression: &ConstExpr<'_>) -> Result<u32> {
    match expression.get_operators_reader().read()? {
        Operator::I32Const { value } => Ok(value as u32),
        other => bail!("a segment starts at {other:?}"),
    }
}

/// A function's name without the hashes that change from build to build.
pub fn plain_name(symbol: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(symbol))
}
