//! Reads one source file. Test code is left out.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};

use crate::facts::{Child, Facts, Import, MacroCall, Method, MethodCall, PathUse, Segments, Typed};
use crate::tokens::{ends_with_dot, fields, is_call, next_segment, receiver_before, without_tests};

/// Reads a file that is the module `scope`.
pub(crate) fn parse(path: &str, text: &str, scope: Segments) -> Facts {
    let tokens: TokenStream = text
        .parse()
        .unwrap_or_else(|error| panic!("{path}: {error}"));
    let file: syn::File =
        syn::parse2(without_tests(tokens)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut reader = Reader {
        facts: Facts {
            modules: vec![scope.clone()],
            ..Facts::default()
        },
        scope,
        self_type: None,
    };
    reader.visit_file(&file);
    reader.facts
}

struct Reader {
    facts: Facts,
    scope: Segments,
    self_type: Option<Segments>,
}

impl Reader {
    fn define(&mut self, name: &syn::Ident) {
        self.facts
            .items
            .push((self.scope.clone(), name.to_string()));
    }

    fn import(&mut self, tree: &syn::UseTree, before: &[String], public: bool) {
        let mut add = |path: Segments, name: String, at: Span| {
            self.facts.imports.push(Import {
                scope: self.scope.clone(),
                path,
                name,
                public,
                line: at.start().line,
            });
        };
        let with = |ident: &syn::Ident| {
            let mut path = before.to_vec();
            // `use a::{self}` names `a`.
            if before.is_empty() || ident != "self" {
                path.push(ident.to_string());
            }
            path
        };
        match tree {
            syn::UseTree::Path(tree) => self.import(&tree.tree, &with(&tree.ident), public),
            syn::UseTree::Name(tree) => {
                let path = with(&tree.ident);
                let name = path.last().cloned().unwrap_or_default();
                add(path, name, tree.ident.span());
            }
            syn::UseTree::Rename(tree) => add(
                with(&tree.ident),
                tree.rename.to_string(),
                tree.ident.span(),
            ),
            syn::UseTree::Glob(tree) => {
                add(before.to_vec(), "*".to_owned(), tree.star_token.span);
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, before, public);
                }
            }
        }
    }

    fn path(&mut self, path: Segments, line: usize) {
        self.facts.paths.push(PathUse {
            scope: self.scope.clone(),
            path,
            self_type: self.self_type.clone(),
            line,
        });
    }

    fn call(&mut self, name: String, receiver: Option<Segments>, line: usize) {
        self.facts.calls.push(MethodCall {
            scope: self.scope.clone(),
            name,
            receiver,
            self_type: self.self_type.clone(),
            line,
        });
    }

    fn method(&mut self, name: &syn::Ident, inherent: bool) {
        self.facts.methods.push(Method {
            scope: self.scope.clone(),
            self_type: self.self_type.clone(),
            inherent,
            name: name.to_string(),
        });
    }

    fn typed(&mut self, owner: Option<String>, name: &syn::Ident, of: &syn::Type) {
        let Some(of) = type_path(of) else { return };
        self.facts.typed.push(Typed {
            scope: self.scope.clone(),
            owner,
            name: name.to_string(),
            of,
        });
    }

    fn macro_call(&mut self, mark: &str, path: &syn::Path, tokens: &TokenStream) {
        let name = names(path).pop().unwrap_or_default();
        self.facts.macros.push(MacroCall {
            name: format!("{mark}{name}"),
            fields: fields(tokens.clone()),
            line: line_of(path),
        });
        self.tokens(tokens.clone());
    }

    /// Paths and calls among the tokens of a macro or an attribute.
    fn tokens(&mut self, stream: TokenStream) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let line = token.span().start().line;
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(ident) => {
                    let name = ident.to_string();
                    if ends_with_dot(&tokens, at) {
                        if is_call(&tokens, at) {
                            self.call(name, receiver_before(&tokens, at - 1), line);
                        }
                    } else {
                        let mut path = vec![name];
                        while let Some(next) = next_segment(&tokens, at) {
                            path.push(next);
                            at += 3;
                        }
                        self.path(path, line);
                    }
                }
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    let text = text.trim_matches('"');
                    let is_name = |part: &str| {
                        !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_')
                    };
                    // `#[serde(with = "crate::wire")]`
                    if text.contains("::") && text.split("::").all(is_name) {
                        self.path(text.split("::").map(str::to_owned).collect(), line);
                    }
                }
                TokenTree::Punct(_) => {}
            }
            at += 1;
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let name = item.ident.to_string();
        if item.content.is_none() {
            self.facts.children.push(Child {
                scope: self.scope.clone(),
                name,
                path: item.attrs.iter().find_map(path_attribute),
            });
            return;
        }
        self.scope.push(name);
        self.facts.modules.push(self.scope.clone());
        visit::visit_item_mod(self, item);
        self.scope.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let public = !matches!(item.vis, syn::Visibility::Inherited);
        self.import(&item.tree, &[], public);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.define(&item.sig.ident);
        visit::visit_item_fn(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.define(&item.ident);
        for field in &item.fields {
            if let Some(name) = &field.ident {
                self.typed(Some(item.ident.to_string()), name, &field.ty);
            }
        }
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.define(&item.ident);
        visit::visit_item_enum(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.define(&item.ident);
        visit::visit_item_type(self, item);
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.define(&item.ident);
        visit::visit_item_const(self, item);
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.define(&item.ident);
        visit::visit_item_static(self, item);
    }

    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        if let Some(name) = &item.ident {
            self.define(name);
        }
        visit::visit_item_macro(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.define(&item.ident);
        for part in &item.items {
            if let syn::TraitItem::Fn(function) = part {
                self.method(&function.sig.ident, false);
            }
        }
        visit::visit_item_trait(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let outer = self.self_type.take();
        self.self_type = type_path(&item.self_ty);
        for part in &item.items {
            if let syn::ImplItem::Fn(function) = part {
                self.method(&function.sig.ident, item.trait_.is_none());
            } else if let syn::ImplItem::Const(constant) = part {
                self.method(&constant.ident, item.trait_.is_none());
            }
        }
        visit::visit_item_impl(self, item);
        self.self_type = outer;
    }

    fn visit_pat_type(&mut self, pattern: &'ast syn::PatType) {
        if let syn::Pat::Ident(name) = &*pattern.pat {
            self.typed(None, &name.ident, &pattern.ty);
        }
        visit::visit_pat_type(self, pattern);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let line = line_of(path);
        self.path(names(path), line);
        visit::visit_path(self, path);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let name = call.method.to_string();
        let line = call.method.span().start().line;
        if ["to_lowercase", "to_ascii_lowercase"].contains(&name.as_str())
            && is_debug_output(&call.receiver)
        {
            self.facts.lowered_debug.push(line);
        }
        self.call(name, receiver(&call.receiver), line);
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.macro_call("", &call.path, &call.tokens);
        visit::visit_macro(self, call);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.macro_call("#", &list.path, &list.tokens);
        }
    }
}

fn names(path: &syn::Path) -> Segments {
    let segments = path.segments.iter();
    segments.map(|segment| segment.ident.to_string()).collect()
}

fn line_of(path: &syn::Path) -> usize {
    let first = path.segments.first();
    first.map_or(0, |segment| segment.ident.span().start().line)
}

fn path_attribute(attribute: &syn::Attribute) -> Option<String> {
    if !attribute.path().is_ident("path") {
        return None;
    }
    let syn::Meta::NameValue(pair) = &attribute.meta else {
        return None;
    };
    let syn::Expr::Lit(literal) = &pair.value else {
        return None;
    };
    let syn::Lit::Str(path) = &literal.lit else {
        return None;
    };
    Some(path.value())
}

/// The type itself, without `&`, `Arc`, `Box` and `dyn`.
fn type_path(of: &syn::Type) -> Option<Segments> {
    if let syn::Type::Reference(reference) = of {
        return type_path(&reference.elem);
    }
    if let syn::Type::TraitObject(object) = of {
        return object.bounds.iter().find_map(|bound| {
            let syn::TypeParamBound::Trait(bound) = bound else {
                return None;
            };
            Some(names(&bound.path))
        });
    }
    let syn::Type::Path(path) = of else {
        return None;
    };
    let last = path.path.segments.last()?;
    if ["Arc", "Box"].iter().any(|name| last.ident == name)
        && let syn::PathArguments::AngleBracketed(arguments) = &last.arguments
    {
        return arguments.args.iter().find_map(|argument| {
            let syn::GenericArgument::Type(inner) = argument else {
                return None;
            };
            type_path(inner)
        });
    }
    Some(names(&path.path))
}

/// The names of a variable or a field.
fn receiver(of: &syn::Expr) -> Option<Segments> {
    if let syn::Expr::Paren(inner) = of {
        return receiver(&inner.expr);
    }
    if let syn::Expr::Reference(inner) = of {
        return receiver(&inner.expr);
    }
    if let syn::Expr::Path(path) = of {
        return Some(vec![path.path.get_ident()?.to_string()]);
    }
    let syn::Expr::Field(field) = of else {
        return None;
    };
    let syn::Member::Named(name) = &field.member else {
        return None;
    };
    let mut names = receiver(&field.base)?;
    names.push(name.to_string());
    Some(names)
}

/// `format!("{:?}", …)`, with whatever is called on it.
fn is_debug_output(of: &syn::Expr) -> bool {
    if let syn::Expr::MethodCall(call) = of {
        return is_debug_output(&call.receiver);
    }
    let syn::Expr::Macro(call) = of else {
        return false;
    };
    let first = call.mac.tokens.clone().into_iter().next();
    call.mac.path.is_ident("format")
        && matches!(first, Some(TokenTree::Literal(text)) if text.to_string().contains(":?}"))
}

#[test]
fn test_code_is_left_out() {
    let text = "
        #[cfg(test)]
        #[path = \"a_tests.rs\"]
        mod tests;
        #[expect(dead_code)]
        #[cfg(test)]
        fn planted<A, B>() { crate::gone::call(); }
        #[cfg(test)]
        use crate::gone::{A, B};
        pub struct Kept {
            #[cfg(test)]
            pub(crate) gone: crate::gone::Field,
            pub stays: crate::stays::Field,
        }
        enum Either {
            #[cfg(test)]
            Gone { field: crate::gone::Field },
            Stays,
        }
        #[cfg(test)]
        pub const fn gone() -> crate::gone::A {}
        #[cfg(not(test))]
        mod child;
        fn last() {
            #[cfg(test)]
            let gone = crate::gone::call();
            crate::stays::call();
        }
        #[cfg(test)]
        mod inline { use crate::gone::C; }
    ";
    let facts = parse("src/a.rs", text, vec!["krate".to_owned(), "a".to_owned()]);
    let paths: Vec<String> = facts
        .paths
        .iter()
        .map(|path| path.path.join("::"))
        .collect();
    assert!(paths.iter().all(|path| !path.contains("gone")), "{paths:?}");
    assert!(
        paths.contains(&"crate::stays::Field".to_owned()),
        "{paths:?}"
    );
    assert!(
        paths.contains(&"crate::stays::call".to_owned()),
        "{paths:?}"
    );
    let children: Vec<&str> = facts.children.iter().map(|child| &*child.name).collect();
    assert_eq!(children, ["child"]);
    assert!(facts.imports.is_empty());
}

#[test]
fn paths_and_calls_in_macros_are_seen() {
    let text = "fn f() { tracing::info!(a = %crate::x::name(1), b = self.payments.run(2), gateway.stop_all(), \"…\"); }";
    let facts = parse("src/a.rs", text, vec!["krate".to_owned()]);
    assert!(
        facts
            .paths
            .iter()
            .any(|path| path.path.join("::") == "crate::x::name")
    );
    let calls: Vec<_> = facts
        .calls
        .iter()
        .map(|call| {
            (
                &*call.name,
                call.receiver.clone().unwrap_or_default().join("."),
            )
        })
        .collect();
    let expected = [("run", "self.payments"), ("stop_all", "gateway")];
    assert_eq!(calls, expected.map(|(name, on)| (name, on.to_owned())));
}
