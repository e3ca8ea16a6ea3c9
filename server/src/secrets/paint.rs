//! Paints over the parts of a screenshot that show a secret.

use std::io::Cursor;

use image::{ImageFormat, ImageReader, Rgb};

use crate::computer::{Rect, Viewport};

/// Letters reach a little over the box of their text.
const MARGIN: f64 = 2.0;

/// A grey that is neither text nor ground on most pages.
const PAINT: Rgb<u8> = Rgb([128, 128, 128]);

/// The PNG file with these places of a screen of this size painted over.
///
/// # Errors
/// When it is no PNG file.
pub(super) async fn over(png: Vec<u8>, places: Vec<Rect>, screen: Viewport) -> Result<Vec<u8>, String> {
    let painted = tokio::task::spawn_blocking(move || paint(&png, &places, screen)).await.map_err(|error| error.to_string())?;
    painted.map_err(|error| format!("the screenshot shows a secret and could not be painted over: {error}"))
}

fn paint(png: &[u8], places: &[Rect], screen: Viewport) -> image::ImageResult<Vec<u8>> {
    let mut image = ImageReader::with_format(Cursor::new(png), ImageFormat::Png).decode()?.into_rgb8();
    let (width, height) = image.dimensions();
    let scale = |pixels: u32, screen: u32| f64::from(pixels) / f64::from(screen.max(1));
    let (across, down) = (scale(width, screen.width), scale(height, screen.height));
    for place in places {
        let columns = covered(place.x, place.width, across, width);
        for y in covered(place.y, place.height, down, height) {
            columns.clone().for_each(|x| image.put_pixel(x, y, PAINT));
        }
    }
    let mut painted = Vec::new();
    image.write_to(&mut Cursor::new(&mut painted), ImageFormat::Png)?;
    Ok(painted)
}

/// The pixels, out of so many, that a box with its margin touches.
fn covered(start: f64, length: f64, scale: f64, pixels: u32) -> std::ops::Range<u32> {
    let pixel = |at: f64| at.clamp(0.0, f64::from(pixels)) as u32;
    pixel(((start - MARGIN) * scale).floor())..pixel(((start + length + MARGIN) * scale).ceil())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_places_and_nothing_else_are_painted() {
        let white = image::RgbImage::from_pixel(40, 20, Rgb([255, 255, 255]));
        let mut png = Vec::new();
        white.write_to(&mut Cursor::new(&mut png), ImageFormat::Png).unwrap();
        let rect = |x, y, width, height| Rect { x, y, width, height };
        // One within, one over the corner, one off the screen; on a screen of half the pixels.
        let places = vec![rect(5.0, 5.0, 2.0, 1.0), rect(18.0, 8.0, 90.0, 90.0), rect(-90.0, -90.0, 20.0, 20.0)];
        let painted = over(png, places, Viewport { width: 20, height: 10 }).await.unwrap();
        let image = ImageReader::with_format(Cursor::new(painted), ImageFormat::Png).decode().unwrap().into_rgb8();
        for (x, y, pixel) in image.enumerate_pixels() {
            let inside = ((6..18).contains(&x) && (6..16).contains(&y)) || (x >= 32 && y >= 12);
            assert_eq!(*pixel == PAINT, inside, "{x} {y}");
        }
    }

    #[tokio::test]
    async fn what_cannot_be_painted_is_not_handed_out() {
        let error = over(b"no picture".to_vec(), Vec::new(), Viewport { width: 1, height: 1 }).await.unwrap_err();
        assert!(error.contains("could not be painted over"), "{error}");
    }
}
