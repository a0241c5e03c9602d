//! Modbus RTU, the usual content of a custom stream.
//!
//! ```text
//! unit (1)  function (1)  …  CRC-16/MODBUS, low byte first (2)
//! ```

use crate::mqtt::{Field, FieldKind};
use crate::platform::text::text;
use crate::platform::{Finding, Place, Text, to_hex};

const SOURCE: &str = "EZtCloud custom streams";

/// A frame, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Unit address.
    pub unit: u8,
    /// Function code; bit 7 marks an exception.
    pub function: u8,
    /// Registers of an answer to function 3 or 4, or of a write.
    pub registers: Vec<u16>,
    /// The last two bytes, as they came.
    pub crc_wire: [u8; 2],
    /// What they should be, low byte first.
    pub crc_expected: [u8; 2],
    /// Remarks.
    pub findings: Vec<Finding>,
    /// Spans over the payload.
    pub fields: Vec<Field>,
}

impl Frame {
    /// Whether the check matches.
    pub fn crc_ok(&self) -> bool {
        self.crc_wire == self.crc_expected
    }
}

/// CRC-16/MODBUS, low byte first, as it goes on the wire.
pub fn crc(bytes: &[u8]) -> [u8; 2] {
    let mut crc: u16 = 0xffff;
    for byte in bytes {
        crc ^= u16::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ 0xa001
            } else {
                crc >> 1
            };
        }
    }
    crc.to_le_bytes()
}

/// Reads a frame; `None` if it is too short to be one.
pub fn decode(payload: &[u8]) -> Option<Frame> {
    let (&[unit, function], rest) = payload.split_first_chunk::<2>()?;
    let (body, &crc_wire) = rest.split_last_chunk::<2>()?;
    let end = payload.len();
    let crc_expected = crc(payload.get(..end - 2).unwrap_or(&[]));
    let mut findings = Vec::new();
    let mut fields = vec![
        Field::leaf("unit", FieldKind::Identifier, 0..1, unit.to_string()).named("单元地址"),
        {
            let Text { en, zh } = function_name(function);
            Field::leaf("function", FieldKind::Header, 1..2, en)
                .named("功能码")
                .with_chinese(zh)
        },
    ];
    // An answer to a read says how many bytes of registers follow; a request does not, and is
    // always eight bytes long.
    let (skip, register_bytes) = match (function, body.split_first()) {
        (1..=4, Some((count, data))) if usize::from(*count) == data.len() => {
            let bytes = Field::leaf("byte count", FieldKind::Length, 2..3, count.to_string());
            fields.push(bytes.named("字节数"));
            (3, data)
        }
        (16, _) if body.len() > 5 => (7, body.get(5..).unwrap_or(&[])),
        _ => (2, body),
    };
    let mut registers = Vec::new();
    let is_read_answer = skip == 3;
    if skip == 7 {
        let head = Field::leaf(
            "address, count, byte count",
            FieldKind::Header,
            2..7,
            to_hex(body.get(..5).unwrap_or(&[])),
        );
        fields.push(head.named("地址、数量、字节数"));
    }
    let has_registers = (is_read_answer && matches!(function, 3 | 4)) || skip == 7 || function == 6;
    if has_registers && register_bytes.len().is_multiple_of(2) {
        for (index, pair) in register_bytes.chunks_exact(2).enumerate() {
            let value = match pair {
                [high, low] => u16::from_be_bytes([*high, *low]),
                _ => 0,
            };
            let at = skip + 2 * index;
            let (name, chinese) = match (function, index) {
                (6, 0) => ("register address", "寄存器地址"),
                _ => ("register", "寄存器"),
            };
            let register = Field::leaf(name, FieldKind::Payload, at..at + 2, value.to_string());
            fields.push(register.named(chinese));
            if function != 6 || index > 0 {
                registers.push(value);
            }
        }
    } else if !register_bytes.is_empty() {
        let data = to_hex(register_bytes);
        let data = Field::leaf("data", FieldKind::Payload, skip..end - 2, data);
        fields.push(data.named("数据"));
    }
    fields.push(Field::leaf(
        "CRC",
        FieldKind::Length,
        end - 2..end,
        to_hex(&crc_wire),
    ));
    if crc_wire != crc_expected {
        let (wire, expected) = (to_hex(&crc_wire), to_hex(&crc_expected));
        findings.push(Finding::warning(
            "crc-mismatch",
            Place::Payload {
                start: end - 2,
                end,
            },
            text!(
                "CRC is {wire}; {expected} would fit, low byte first",
                "CRC 为 {wire}，正确值为 {expected}（低字节在前）"
            ),
            SOURCE,
        ));
    }
    Some(Frame {
        unit,
        function,
        registers,
        crc_wire,
        crc_expected,
        findings,
        fields,
    })
}

fn function_name(function: u8) -> Text {
    let (en, zh) = match function & 0x7f {
        1 => ("read coils", "读线圈"),
        2 => ("read discrete inputs", "读离散输入"),
        3 => ("read holding registers", "读保持寄存器"),
        4 => ("read input registers", "读输入寄存器"),
        5 => ("write single coil", "写单个线圈"),
        6 => ("write single register", "写单个寄存器"),
        15 => ("write multiple coils", "写多个线圈"),
        16 => ("write multiple registers", "写多个寄存器"),
        _ => ("other", "其他"),
    };
    if function & 0x80 == 0 {
        Text::owned(format!("{function} ({en})"), format!("{function}（{zh}）"))
    } else {
        Text::owned(
            format!("{function} (exception to {en})"),
            format!("{function}（{zh} 的异常响应）"),
        )
    }
}
