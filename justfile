# The project's verbs. `./test` installs what they need and runs `just ci`.

# What there is
default:
    @just --list --unsorted

# Everything that must pass, the quickest first
ci: format-check typos deny lint doc test kafka bench-check

# Format the sources and the TOML files
format:
    cargo fmt
    taplo fmt

# Is everything formatted?
format-check:
    cargo fmt --check
    RUST_LOG=warn taplo fmt --check

# Is everything spelt right?
typos:
    typos

# Licences, sources and bans of what Cargo.lock holds
deny:
    cargo-deny --locked check bans licenses sources

# Clippy on everything, benches included
lint:
    cargo clippy --locked --all-targets -- -D warnings

# Do the comments make documentation without a warning?
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items

# The tests that need nothing but the sources
test:
    cargo test --locked --lib --bins
    cargo test --locked --test it

# The tests on a real Apache Kafka, which they fetch and start
kafka:
    cargo test --locked --test kafka

# Do the benches compile? `just bench` measures
bench-check:
    if [ -d benches ]; then cargo test --locked --no-run --bench '*'; fi

# Measure, optimised
bench *ARGS:
    cargo bench {{ ARGS }}

# Accept what snapshots show now; look at the difference before you commit it
golden:
    INSTA_UPDATE=always cargo test --lib --test it

# Write anew the documents that are made from something else
docs:
    UPDATE_DOCS=1 cargo test --test it docs::

# The KPIs of a file of events, as a table
replay *ARGS:
    cargo run --release --quiet -- replay --format table {{ ARGS }}
