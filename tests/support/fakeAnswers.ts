// Texts that the fake engine answers with: a short one, a long one with all of Markdown, one that thinks first.

export const shortAnswer =
  'Rivers carry tiny amounts of dissolved minerals from rocks to the sea. Water leaves the sea again by **evaporation**, but the salt stays, and over hundreds of millions of years it has added up to about 35 g a litre.';

export const thinkingAnswer = `<think>
The user asks why the sea is salty. I should explain where the salt comes from, then why rivers taste fresh.
</think>

${shortAnswer}`;

export const longAnswer = `# Salt in the sea

Rivers carry tiny amounts of *dissolved* minerals from rocks to the sea. Water leaves the sea again by **evaporation**, but the salt stays.

## How much it is

| Water | Salt a litre | Taste |
|:------|-------------:|:-----:|
| River | 0.1 g | fresh |
| Baltic Sea | 8 g | brackish |
| Ocean | 35 g | salty |

1. Take the volume in litres.
2. Multiply by \`grams_per_litre\`:
   - 35 for the ocean
   - 8 for the Baltic Sea
3. Divide by 1,000.

\`\`\`python
def salt_kg(litres, grams_per_litre=35):
    """Salt in a bathtub."""
    return litres * grams_per_litre / 1000

print(salt_kg(150))  # 5.25 kg
\`\`\`

> A full bathtub of sea water holds about five and a quarter kilograms of salt &mdash; roughly the weight of a cat.

- [x] Sea
- [ ] Rivers

See [the article](https://example.org/sea) or https://example.org, not ![a map](https://example.org/map.png). <b onclick="alert(1)">Raw HTML</b> stays text.

<script>document.title = 'owned'</script>

A bathtub holds $V = l \\cdot w \\cdot h$ litres[^1], so the salt in it is

$$
m = \\frac{35\\,\\text{g}}{1\\,\\text{l}} \\cdot V
$$

[^1]: Measured *inside*, in decimetres.

---

### In short
The sea is old, and salt does not evaporate.`;
