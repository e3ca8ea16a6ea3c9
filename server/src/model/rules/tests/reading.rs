//! What is told of a page.

use super::*;

const ARTICLE: &str = r#"
title "Honey bee - Fields"
navigation
  link "Home" url=/
  link "Bees" url=/bees
main
  heading "Honey bee" level=1
    text "Honey bee"
  paragraph
    text "A honey bee is an insect that lives in large colonies and stores "
    link "nectar" url=/nectar
      text "nectar"
    text " as honey. It pollinates plants."
  paragraph
    text "There are eight species."
  heading "Food" level=2
    text "Food"
  paragraph
    text "Bees drink nectar."
  list
    listitem
      listmarker "• "
      text "clover"
    listitem
      text "linden"
    listitem
      text "heather"
  heading "Products" level=2
    text "Products"
  list "What people take"
    listitem
      text "wax"
    listitem
      text "honey"
contentinfo
  paragraph
    text "Imprint"
"#;

#[test]
fn reads_parts_of_a_page() {
    let page = page("https://fields.test/bee", ARTICLE);
    let first = "A honey bee is an insect that lives in large colonies and stores nectar as honey. It pollinates plants.";
    for (instruction, result) in [
        ("read the first paragraph", first),
        ("summarize the first paragraph", "A honey bee is an insect that lives in large colonies and stores nectar as honey."),
        ("summarize the page", "A honey bee is an insect that lives in large colonies and stores nectar as honey."),
        ("Read the second paragraph", "There are eight species."),
        ("read the last paragraph", "Bees drink nectar."),
        ("read the title", "Honey bee - Fields"),
        ("what is the first heading?", "Honey bee"),
        ("list the headings", "1. Honey bee\n2. Food\n3. Products"),
        ("read the paragraph of the Food section", "Bees drink nectar."),
        ("list the first two items of the list 'Food'", "1. clover\n2. linden"),
        ("read the second list", "1. wax\n2. honey"),
        ("read the last item of the Food list", "heather"),
        ("list the products", "1. wax\n2. honey"),
        ("what do people take?", "1. wax\n2. honey"),
        ("find the species", "There are eight species."),
        ("read the title and the paragraph about species", "Honey bee - Fields\n\nThere are eight species."),
    ] {
        assert_eq!(told(instruction, &page), result, "{instruction}");
    }
}

#[test]
fn gives_up_with_the_words() {
    let bee = page("https://fields.test/bee", ARTICLE);
    assert_eq!(
        told("dance with bees", &bee),
        "not_understood: The instruction is not understood: no meaning here for \"dance\", \"bees\"."
    );
    assert_eq!(
        told("find the opening hours", &bee),
        "not_found: Could not find \"opening hours\" on \"Honey bee - Fields\" (https://fields.test/bee). Nothing there says \"opening\" or \"hours\"."
    );
    assert!(told("read the ninth paragraph", &bee).starts_with("not_found: Could not find a paragraph number 9 on"));
    assert!(told("read the first heading", &blank()).starts_with("not_understood: No page is open"));
}
