//! A screenshot in the size in which a model is shown it.

use std::io::Cursor;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::imageops::FilterType;
use image::{DynamicImage, GenericImageView, ImageFormat, ImageReader};

use crate::computer::Viewport;

/// The size in which a screen fits into a frame, whichever way the frame is turned, with its
/// shape kept; never a larger one.
pub(crate) fn within(screen: Viewport, frame: Viewport) -> Viewport {
    let sides = |size: Viewport| (size.width.max(size.height).max(1), size.width.min(size.height).max(1));
    let ((long, short), (frame_long, frame_short)) = (sides(screen), sides(frame));
    let scale = (f64::from(frame_long) / f64::from(long)).min(f64::from(frame_short) / f64::from(short)).min(1.0);
    let scaled = |side: u32| (f64::from(side) * scale).round().max(1.0) as u32;
    Viewport { width: scaled(screen.width), height: scaled(screen.height) }
}

/// A PNG file and its size.
#[derive(Clone, PartialEq)]
pub(crate) struct Picture {
    png: Arc<Vec<u8>>,
    size: Viewport,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({} x {}, {} bytes)", self.size.width, self.size.height, self.png.len())
    }
}

impl Picture {
    /// The screenshot in this size: as it is where it has the size, else scaled.
    ///
    /// # Errors
    /// When it is no PNG file.
    pub(crate) async fn scaled(screenshot: &Arc<Vec<u8>>, size: Viewport) -> Result<Self, String> {
        let png = Arc::clone(screenshot);
        let scaled = tokio::task::spawn_blocking(move || scale(png, size)).await.map_err(|error| error.to_string())?;
        scaled.map_err(|error| format!("the screenshot cannot be scaled: {error}"))
    }

    /// Its pixels across and down.
    pub(crate) fn size(&self) -> Viewport {
        self.size
    }

    /// The file in base64.
    pub(crate) fn base64(&self) -> String {
        STANDARD.encode(self.png.as_slice())
    }

    /// The file as a `data:` URL.
    pub(crate) fn data_url(&self) -> String {
        format!("data:image/png;base64,{}", self.base64())
    }

    /// Which part of it, from 0 to 1, differs from another one; all of it if the sizes do.
    pub(crate) async fn difference(&self, other: &Self) -> f64 {
        if self.png == other.png {
            return 0.0;
        }
        let (one, other) = (Arc::clone(&self.png), Arc::clone(&other.png));
        let differing = tokio::task::spawn_blocking(move || Some(differing(&open(&one).ok()?, &open(&other).ok()?)));
        differing.await.ok().flatten().unwrap_or(1.0)
    }
}

fn open(png: &[u8]) -> image::ImageResult<DynamicImage> {
    ImageReader::with_format(Cursor::new(png), ImageFormat::Png).decode()
}

fn scale(png: Arc<Vec<u8>>, size: Viewport) -> image::ImageResult<Picture> {
    let found = ImageReader::with_format(Cursor::new(png.as_slice()), ImageFormat::Png).into_dimensions()?;
    if found == (size.width, size.height) {
        return Ok(Picture { png, size });
    }
    let mut scaled = Vec::new();
    let image = open(&png)?.resize_exact(size.width, size.height, FilterType::Triangle).into_rgb8();
    image.write_to(&mut Cursor::new(&mut scaled), ImageFormat::Png)?;
    Ok(Picture { png: Arc::new(scaled), size })
}

fn differing(one: &DynamicImage, other: &DynamicImage) -> f64 {
    if one.dimensions() != other.dimensions() {
        return 1.0;
    }
    let (one, other) = (one.to_rgb8(), other.to_rgb8());
    let differing = one.pixels().zip(other.pixels()).filter(|(one, other)| one != other).count();
    differing as f64 / (f64::from(one.width()) * f64::from(one.height())).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_fits_into_a_frame_and_keeps_its_shape() {
        let frame = Viewport { width: 1280, height: 800 };
        for (screen, fitted) in [
            ((1280, 720), (1280, 720)),
            ((800, 600), (800, 600)),
            ((1920, 1080), (1280, 720)),
            ((1280, 1024), (1000, 800)),
            ((390, 844), (390, 844)),
            ((1080, 1920), (720, 1280)),
            ((10_000, 1), (1280, 1)),
        ] {
            let (width, height) = screen;
            let found = within(Viewport { width, height }, frame);
            assert_eq!((found.width, found.height), fitted, "{screen:?}");
        }
    }
}
