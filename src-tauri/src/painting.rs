//! How the window is painted. Where a machine has no graphics processor, WebKit composes its layers with a software renderer,
//! which on a till's two cores costs a scan more than everything else together: there the page is painted without layers.

/// Where Linux shows the graphics processors that can render.
#[cfg(target_os = "linux")]
const RENDERERS: &str = "/dev/dri";

/// Paints the window by the processor alone where there is nothing else.
#[cfg(target_os = "linux")]
pub fn fit(window: &tauri::WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt, WebViewExt};
    if has_renderer(std::path::Path::new(RENDERERS)) {
        return Ok(());
    }
    window.with_webview(|webview| {
        if let Some(settings) = webview.inner().settings() {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    })
}

/// Other systems' engines look to it themselves.
#[cfg(not(target_os = "linux"))]
pub fn fit(_: &tauri::WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

#[cfg(target_os = "linux")]
fn has_renderer(devices: &std::path::Path) -> bool {
    let Ok(mut entries) = std::fs::read_dir(devices) else { return false };
    entries.any(|entry| entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("renderD")))
}

#[cfg(target_os = "linux")]
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;

    #[test]
    fn a_renderer_is_a_device_of_that_name() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!has_renderer(&folder.path().join("none")));
        std::fs::write(folder.path().join("card0"), "").unwrap();
        assert!(!has_renderer(folder.path()), "a screen alone renders nothing");
        std::fs::write(folder.path().join("renderD128"), "").unwrap();
        assert!(has_renderer(folder.path()));
    }
}
