//! The built screens: hashed files are kept for a year, the page that names them is asked for each time.

use std::path::{Path, PathBuf};

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::services::{ServeDir, ServeFile};

const HASHED: &str = "public, max-age=31536000, immutable";
const ASKED_AGAIN: &str = "no-cache";

/// Where Vite puts the files whose names carry a hash of what is in them.
const ASSETS: &str = "/assets";

pub fn router(folder: Option<PathBuf>) -> Router {
    let Some(folder) = folder else { return Router::new().fallback(get(none)) };
    // A missing hashed file is missing, and not the page under its name.
    let assets = Router::new().fallback_service(ServeDir::new(folder.join("assets")));
    Router::new().nest(ASSETS, assets).fallback_service(page(&folder)).layer(middleware::from_fn(kept))
}

/// Any other path is a place within the page.
fn page(folder: &Path) -> ServeDir<ServeFile> {
    ServeDir::new(folder).fallback(ServeFile::new(folder.join("index.html")))
}

async fn none() -> Response {
    (StatusCode::NOT_FOUND, "No screens are installed here. 这里没有安装界面。\n").into_response()
}

async fn kept(request: Request, next: Next) -> Response {
    let hashed = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    let value = if hashed && response.status().is_success() { HASHED } else { ASKED_AGAIN };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
    response
}
