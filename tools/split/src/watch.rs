//! A module that notes which of its functions are entered, to learn what a start needs.

use anyhow::{Context, Result};
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function, Instruction, MemArg, MemArgTarget,
    MemorySection,
};

use crate::module::{Module, plain_name};

/// Under what name the address of the notes is exported.
const NOTES: &str = "entered";
const PAGE: u64 = 65_536;

/// Adds one byte for each function behind the program's memory; a function sets its own when it is
/// entered. The exported global says where they begin.
struct Watch {
    address: u32,
    next: u32,
    globals: u32,
    pages: u64,
}

impl Reencode for Watch {
    type Error = std::convert::Infallible;

    fn parse_memory_section(
        &mut self,
        memories: &mut MemorySection,
        section: wasmparser::MemorySectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        for memory in section {
            let mut memory = self.memory_type(memory?)?;
            memory.minimum += self.pages;
            memory.maximum = memory.maximum.map(|most| most + self.pages);
            memories.memory(memory);
        }
        Ok(())
    }

    fn parse_global_section(
        &mut self,
        globals: &mut wasm_encoder::GlobalSection,
        section: wasmparser::GlobalSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        wasm_encoder::reencode::utils::parse_global_section(self, globals, section)?;
        globals.global(
            wasm_encoder::GlobalType {
                val_type: wasm_encoder::ValType::I32,
                mutable: false,
                shared: false,
            },
            &wasm_encoder::ConstExpr::i32_const(self.address as i32),
        );
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        wasm_encoder::reencode::utils::parse_export_section(self, exports, section)?;
        exports.export(NOTES, ExportKind::Global, self.globals);
        Ok(())
    }

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: wasmparser::FunctionBody<'_>,
    ) -> Result<(), Error<Self::Error>> {
        let mut function: Function = self.new_function_with_parsed_locals(&body)?;
        let place = MemArg {
            offset: u64::from(self.address + self.next),
            align: 0,
            target: MemArgTarget::Memory(0),
            ordering: None,
        };
        self.next += 1;
        function.instruction(&Instruction::I32Const(0));
        function.instruction(&Instruction::I32Const(1));
        function.instruction(&Instruction::I32Store8(place));
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            function.instruction(&self.parse_instruction(&mut reader)?);
        }
        code.function(&function);
        Ok(())
    }
}

/// The watched module, and the names of its functions in the order of their notes.
///
/// # Errors
/// When the module cannot be read.
pub fn watch(bytes: &[u8], module: &Module<'_>) -> Result<(Vec<u8>, Vec<String>)> {
    let memory = module.memory.context("no memory")?;
    let mut watch = Watch {
        address: u32::try_from(memory.initial * PAGE)?,
        next: 0,
        globals: module.globals.len() as u32,
        pages: (module.functions.len() as u64).div_ceil(PAGE),
    };
    let mut out = wasm_encoder::Module::new();
    watch.parse_core_module(&mut out, wasmparser::Parser::new(0), bytes)?;
    let first = module.imports.len() as u32;
    let names = (first..module.function_count())
        .map(|index| {
            module
                .names
                .get(&index)
                .map_or_else(String::new, |name| plain_name(name))
        })
        .collect();
    Ok((out.finish(), names))
}
