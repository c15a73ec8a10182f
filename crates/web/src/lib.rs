//! Pages: rendering, languages, forms, components, assets. Knows no slice.
