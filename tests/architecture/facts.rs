//! What one source file says: its items, imports, paths and calls.

/// The segments of a path: `crate::payment::Payments` has three.
pub(crate) type Segments = Vec<String>;

/// A `use` of one name, or of all (`*`).
pub(crate) struct Import {
    pub(crate) scope: Segments,
    pub(crate) path: Segments,
    /// What it is called here; `*` for all.
    pub(crate) name: String,
    pub(crate) public: bool,
    pub(crate) line: usize,
}

/// A path in the code, an import aside.
pub(crate) struct PathUse {
    pub(crate) scope: Segments,
    pub(crate) path: Segments,
    /// The type whose `impl` it is in.
    pub(crate) self_type: Option<Segments>,
    pub(crate) line: usize,
}

pub(crate) struct MethodCall {
    pub(crate) scope: Segments,
    pub(crate) name: String,
    /// On what it is called, where that is a variable or a field: `self.payments` has two names.
    pub(crate) receiver: Option<Segments>,
    pub(crate) self_type: Option<Segments>,
    pub(crate) line: usize,
}

/// A function or constant of an `impl` or a trait.
pub(crate) struct Method {
    pub(crate) scope: Segments,
    /// `None` for one of a trait.
    pub(crate) self_type: Option<Segments>,
    pub(crate) inherent: bool,
    pub(crate) name: String,
}

/// A field of a struct, or a parameter or variable whose type is written.
pub(crate) struct Typed {
    pub(crate) scope: Segments,
    /// The struct, for a field.
    pub(crate) owner: Option<String>,
    pub(crate) name: String,
    pub(crate) of: Segments,
}

/// A call of a macro, or an attribute.
pub(crate) struct MacroCall {
    /// Its last segment, behind `#` for an attribute.
    pub(crate) name: String,
    /// The names of its fields, read as an event or a span has them: `name = …`, `name`, `%name` or `?name`.
    pub(crate) fields: Vec<String>,
    pub(crate) line: usize,
}

/// `mod name;`, in a file of its own.
pub(crate) struct Child {
    pub(crate) scope: Segments,
    pub(crate) name: String,
    /// From a `#[path = "…"]`.
    pub(crate) path: Option<String>,
}

/// What a file says.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) imports: Vec<Import>,
    pub(crate) paths: Vec<PathUse>,
    pub(crate) calls: Vec<MethodCall>,
    pub(crate) methods: Vec<Method>,
    pub(crate) typed: Vec<Typed>,
    pub(crate) macros: Vec<MacroCall>,
    pub(crate) children: Vec<Child>,
    /// Modules within the file, the file's own first.
    pub(crate) modules: Vec<Segments>,
    /// Scope and name of all else that is defined.
    pub(crate) items: Vec<(Segments, String)>,
    /// Lines that turn debug output into lower case.
    pub(crate) lowered_debug: Vec<usize>,
}
