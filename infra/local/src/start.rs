//! What keeps a stack from starting.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use crate::dynamodb::TableError;
use crate::options::Options;
use crate::runtime;
use crate::serve;
use crate::template::Template;
use crate::yaml::YamlError;

/// Why a stack did not start. Each is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The template cannot be read.
    #[error("{} cannot be read: {source}. Run the command in the repository, or name the template", path.display())]
    NoTemplate {
        /// The template.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The template is broken.
    #[error("{}, {source}", path.display())]
    Template {
        /// The template.
        path: PathBuf,
        /// What is wrong, and where.
        source: YamlError,
    },
    /// Functions have not been built.
    #[error("{} has no {}: run `cargo build --workspace`", directory.display(), names.join(", "))]
    NotBuilt {
        /// Where the binaries are expected.
        directory: PathBuf,
        /// The binaries that are missing.
        names: Vec<String>,
    },
    /// A port is in use.
    #[error(
        "port {port} is in use: stop what uses it, or set {variable} to another port (0 takes a free one)"
    )]
    PortInUse {
        /// The port.
        port: u16,
        /// The variable that changes it.
        variable: &'static str,
    },
    /// A port cannot be taken for another reason.
    #[error(
        "port {port} cannot be taken: {source}; set {variable} to another port (0 takes a free one)"
    )]
    Port {
        /// The port.
        port: u16,
        /// The variable that changes it.
        variable: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// Two servers are to have one port.
    #[error("{} and {} are both {port}: give one of them another port (0 takes a free one)", variables[0], variables[1])]
    EqualPorts {
        /// The port.
        port: u16,
        /// The variables that name it.
        variables: [&'static str; 2],
    },
    /// The site is not there.
    #[error("there is no folder {}: name the site's with --site", path.display())]
    NoSite {
        /// Where it is expected.
        path: PathBuf,
    },
    /// Another stack has the data.
    #[error("another local stack uses {}: stop it, or name another directory with --data", directory.display())]
    DataInUse {
        /// The directory of the data.
        directory: PathBuf,
    },
    /// The directory of the data cannot be used.
    #[error("{} cannot be used: {source}", directory.display())]
    Data {
        /// The directory of the data.
        directory: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No certificate for https.
    #[error("https: {0}")]
    Certificate(String),
    /// The database cannot be opened, or refuses a table.
    #[error("DynamoDB: {0}")]
    Database(#[from] TableError),
    /// The samples are broken.
    #[error("{0}")]
    Samples(String),
}

/// Refuses what could not run, before anything is made.
pub(crate) fn check(options: &Options, template: &Template) -> Result<(), StartError> {
    let missing = runtime::missing(&template.functions, &options.binaries);
    if !missing.is_empty() {
        return Err(StartError::NotBuilt {
            directory: options.binaries.clone(),
            names: missing,
        });
    }
    if options.http_port.is_some() && !options.site.is_dir() {
        return Err(StartError::NoSite {
            path: options.site.clone(),
        });
    }
    let ports = [
        ("PORT", options.http_port),
        ("HTTPS_PORT", options.https_port),
        ("DYNAMODB_PORT", Some(options.dynamodb_port)),
    ];
    for (index, (variable, port)) in ports.iter().enumerate() {
        let Some(port) = port.filter(|port| *port != 0) else {
            continue;
        };
        let before = ports.iter().take(index);
        if let Some((other, _)) = before.into_iter().find(|(_, taken)| *taken == Some(port)) {
            return Err(StartError::EqualPorts {
                port,
                variables: [other, variable],
            });
        }
    }
    Ok(())
}

/// Takes a directory for one stack alone, until the file is closed: also by the end of a killed process.
pub(crate) fn lock(directory: &Path) -> Result<File, StartError> {
    let unusable = |source| StartError::Data {
        directory: directory.to_path_buf(),
        source,
    };
    std::fs::create_dir_all(directory).map_err(unusable)?;
    let file = File::create(directory.join("lock")).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StartError::DataInUse {
            directory: directory.to_path_buf(),
        }),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}

pub(crate) fn read_template(options: &Options) -> Result<Template, StartError> {
    let path = || options.template.clone();
    let source =
        std::fs::read_to_string(&options.template).map_err(|source| StartError::NoTemplate {
            path: path(),
            source,
        })?;
    Template::read(&source, &options.parameters).map_err(|source| StartError::Template {
        path: path(),
        source,
    })
}

pub(crate) async fn bind(
    address: IpAddr,
    port: u16,
    variable: &'static str,
) -> Result<tokio::net::TcpListener, StartError> {
    serve::bind(address, port)
        .await
        .map_err(|source| match source.kind() {
            ErrorKind::AddrInUse => StartError::PortInUse { port, variable },
            _ => StartError::Port {
                port,
                variable,
                source,
            },
        })
}
