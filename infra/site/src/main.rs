//! `site`: assembles the members' site. `make help` has the targets that call it.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use serde_json::json;
use site::plan::{self, There};
use site::{Assembly, Source, assemble, function, permitted, replaced};

/// What an assembly leaves beside its files, and by which it knows a folder as its own.
const LIST: &str = "files.json";

#[derive(Debug, Parser)]
#[command(about = "Assembles the members' site", version)]
struct Arguments {
    /// The folder of the site's source
    #[arg(long, default_value = "site", global = true)]
    site: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the files into FOLDER/files, and the list of them into FOLDER/files.json
    Assemble {
        /// The folder; what an earlier assembly has left there goes
        folder: PathBuf,
    },
    /// Print, as JSON, what a deployment does with a bucket
    Plan {
        /// What is in the bucket: a JSON array of {key, isSame, superseded}
        there: PathBuf,
    },
    /// Write the paths of the site into the template's function for the distribution, and its script into the policy
    Paths {
        /// The template
        #[arg(long, default_value = "template.yaml")]
        template: PathBuf,
        /// Only say whether they are there already
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(said) => {
            let _ = std::io::stdout().write_all(said.as_bytes());
            ExitCode::SUCCESS
        }
        Err(why) => {
            let _ = writeln!(std::io::stderr(), "site: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<String, String> {
    let source = Source::read(&arguments.site).map_err(|error| error.to_string())?;
    let site = assemble(&source).map_err(|error| error.to_string())?;
    match &arguments.command {
        Command::Assemble { folder } => write(&site, folder),
        Command::Plan { there } => {
            let there: Vec<There> =
                serde_json::from_str(&read(there)?).map_err(|error| error.to_string())?;
            Ok(json!(plan::steps(&site, &there)).to_string())
        }
        Command::Paths { template, check } => {
            let text = read(template)?;
            let place = template.display();
            let new = replaced(&text, &function(&site)).ok_or_else(|| {
                format!("{place} has no place for the paths: two comments name `make site-paths`")
            })?;
            let new = permitted(&new, &site).ok_or_else(|| {
                format!("{place} has no policy that names where scripts come from")
            })?;
            match (new == text, check) {
                (true, _) => Ok(format!("{place} has the paths of the site.\n")),
                (false, true) => Err(format!(
                    "{place} has not the paths of the site: run `make site-paths`"
                )),
                (false, false) => fs::write(template, new)
                    .map(|()| format!("{place} now has the paths of the site.\n"))
                    .map_err(|error| format!("{place}: {error}")),
            }
        }
    }
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn write(site: &Assembly, folder: &Path) -> Result<String, String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
    let files = folder.join("files");
    if files.exists() {
        if !folder.join(LIST).is_file() {
            return Err(format!(
                "{} has no {LIST}, so no assembly wrote what is in it: name another folder",
                folder.display()
            ));
        }
        fs::remove_dir_all(&files).map_err(wrong)?;
    }
    let mut list = Vec::new();
    for (path, file) in &site.files {
        let place = files.join(path);
        place
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .map_err(wrong)?;
        fs::write(place, &file.content).map_err(wrong)?;
        list.push(json!({
            "path": path,
            "mediaType": file.media_type,
            "cacheControl": file.caching.header(),
        }));
    }
    fs::create_dir_all(folder).map_err(wrong)?;
    fs::write(folder.join(LIST), json!(list).to_string()).map_err(wrong)?;
    Ok(format!("{} files in {}\n", list.len(), files.display()))
}
