using System.Collections.Immutable;
using System.Text.Json;

namespace Postfleet.Cli.Rendering;

/// <summary>What the verb <c>top</c> shows, and how keys change it. Immutable and pure.</summary>
/// <param name="Views">The lists.</param>
internal sealed record TopModel(IReadOnlyList<TopView> Views)
{
    private const int Page = 10;

    private ImmutableArray<int> Sorts { get; init; } = [.. Views.Select(view => view.Sort)];

    private int Current { get; init; }

    /// <summary>Whether the verb ends.</summary>
    public bool IsOver { get; private init; }

    /// <summary>Whether the order of the rows is reversed.</summary>
    public bool IsReversed { get; private init; }

    /// <summary>The key of the selected row; null for the first row.</summary>
    public string? Selected { get; private init; }

    /// <summary>The key of the entry whose detail is shown; null while a list is shown.</summary>
    public string? Open { get; private init; }

    /// <summary>The first shown line of a detail.</summary>
    public int Scroll { get; private init; }

    /// <summary>The list that is shown, or to which the detail belongs.</summary>
    public TopView View => Views[Current];

    /// <summary>The sort of the list.</summary>
    public int Sort => Sorts[Current];

    /// <summary>The place of the selected row among the rows; 0 if it is not among them any more.</summary>
    public int SelectedAt(IReadOnlyList<JsonElement> rows)
    {
        for (var i = 0; i < rows.Count; i++) if (KeyOf(rows[i]) == Selected) return i;
        return 0;
    }

    /// <summary>The model after a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="rows">The rows of the list, in their order.</param>
    public TopModel Press(ConsoleKeyInfo key, IReadOnlyList<JsonElement> rows)
    {
        if (key.Key == ConsoleKey.Q || (key.Key == ConsoleKey.C && key.Modifiers.HasFlag(ConsoleModifiers.Control)))
            return this with { IsOver = true };
        return Open is null ? PressInList(key.Key, rows) : PressInDetail(key.Key);
    }

    private TopModel PressInList(ConsoleKey key, IReadOnlyList<JsonElement> rows) => key switch
    {
        ConsoleKey.Tab => this with { Current = (Current + 1) % Views.Count, Selected = null, IsReversed = false },
        ConsoleKey.S => this with { Sorts = Sorts.SetItem(Current, View.SortAfter(Sort)), Selected = null },
        ConsoleKey.R => this with { IsReversed = !IsReversed, Selected = null },
        ConsoleKey.UpArrow or ConsoleKey.K => Move(-1, rows),
        ConsoleKey.DownArrow or ConsoleKey.J => Move(1, rows),
        ConsoleKey.PageUp => Move(-Page, rows),
        ConsoleKey.PageDown => Move(Page, rows),
        ConsoleKey.Home => this with { Selected = null },
        ConsoleKey.Enter or ConsoleKey.RightArrow when rows.Count > 0 => this with { Open = KeyOf(rows[SelectedAt(rows)]), Scroll = 0 },
        _ => this,
    };

    private TopModel PressInDetail(ConsoleKey key) => key switch
    {
        // The entry stays selected in the list.
        ConsoleKey.Escape or ConsoleKey.Backspace or ConsoleKey.LeftArrow => this with { Selected = Open, Open = null, Scroll = 0 },
        ConsoleKey.UpArrow or ConsoleKey.K => this with { Scroll = Math.Max(0, Scroll - 1) },
        ConsoleKey.DownArrow or ConsoleKey.J => this with { Scroll = Scroll + 1 },
        ConsoleKey.PageUp => this with { Scroll = Math.Max(0, Scroll - Page) },
        ConsoleKey.PageDown => this with { Scroll = Scroll + Page },
        ConsoleKey.Home => this with { Scroll = 0 },
        _ => this,
    };

    private TopModel Move(int by, IReadOnlyList<JsonElement> rows) =>
        rows.Count == 0 ? this : this with { Selected = KeyOf(rows[Math.Clamp(SelectedAt(rows) + by, 0, rows.Count - 1)]) };

    private string KeyOf(JsonElement row) => row.Get(View.Key).Words();
}
