#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| aloqa_gateway::fuzzing::uzcard(bytes));
