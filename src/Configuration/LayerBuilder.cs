using System.Globalization;

namespace Postfleet.Configuration;

/// <summary>Builds the layer of a source, with an error line for each setting not allowed by the table.</summary>
/// <param name="table">The keys.</param>
/// <param name="lastWins">Whether the last of repeated values wins, as on a command line; otherwise a repetition is an error.</param>
/// <param name="errors">Receives the error lines.</param>
/// <param name="refused">Receives the paths of refused and missing values.</param>
internal sealed class LayerBuilder(KeyTable table, bool lastWins, ICollection<string> errors, ISet<string> refused)
{
    private readonly Layer _layer = new();
    private readonly Dictionary<string, SortedSet<int>> _elements = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _origins = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, List<RawSetting>> _joined = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _tooLong = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Adds a setting.</summary>
    public void Add(RawSetting setting)
    {
        if (table.Find(setting.Path) is not { } path)
        {
            if (FindJoined(setting.Path) is { } joined)
            {
                if (!_joined.TryGetValue(joined.Path, out var pieces)) _joined[joined.Path] = pieces = [];
                pieces.Add(setting);
            }
            else if (table.FindTooLong(setting.Path) is not { } list)
            {
                errors.Add($"unknown key '{setting.Path}' ({setting.Origin}); {KeySuggestion.For(table, setting.Path)}");
            }
            else if (_tooLong.Add(list))
            {
                var index = setting.Path.Split(':')[list.Split(':').Length];
                errors.Add($"{list} has an element with the index {index}; allowed: 0 to {ResolvedPath.MaxIndex} ({setting.Origin})");
            }
        }
        else if (path.Key is { } key)
        {
            AddValue(key, path, setting);
        }
        else if (table.Lists.Contains(path.Pattern))
        {
            AddList(path.Path, setting);
        }
        else
        {
            AddSection(path, setting);
        }
    }

    /// <summary>The finished layer. Adds an error line for each missing required key and each gap in a list.</summary>
    public Layer Build()
    {
        foreach (var (path, pieces) in _joined)
        {
            var inOrder = pieces.OrderBy(piece => int.Parse(piece.Path[(piece.Path.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture));
            // One piece that is no text spoils the list.
            var shape = pieces.TrueForAll(piece => piece.Shape == RawShape.Value) ? RawShape.Value : RawShape.EmptyObject;
            Add(new RawSetting(path, shape, string.Join(", ", inOrder.Select(piece => piece.Text)), pieces[0].Origin));
        }

        foreach (var (list, indexes) in _elements)
        {
            _layer.Lists[list] = indexes.Count;
            if (indexes.Count > 0 && indexes.Max != indexes.Count - 1)
            {
                var missing = Enumerable.Range(0, indexes.Max).First(index => !indexes.Contains(index));
                refused.Add($"{list}:{missing}");
                errors.Add(
                    $"{list}:{indexes.Max} is given without {list}:{missing}; allowed: indexes from 0 on without gaps ({_origins[list]})");
            }

            foreach (var key in table.Keys.Where(key => key.Required && key.List == list))
            {
                foreach (var path in indexes.Select(index => Element(key, index)).Where(path => !_origins.ContainsKey(path)))
                {
                    refused.Add(path);
                    errors.Add($"{path} is missing; allowed: {key.Rule.Allowed} ({_origins[list]})");
                }
            }
        }

        return _layer;
    }

    private void AddValue(ConfigurationKey key, ResolvedPath path, RawSetting setting)
    {
        if (!IsFirst(path.Path, setting)) return;
        if (path.List is { } list) AddElement(list, path.ElementIndex, setting.Origin);
        // Also noted for a refused value, which must not be reported as missing too.
        _origins[path.Path] = setting.Origin;
        if (setting.Shape == RawShape.Null && key.IsNullable) setting = setting with { Shape = RawShape.Value, Text = "null" };
        if (setting.Shape == RawShape.Value && key.Rule.Normalize(setting.Text) is { } value) _layer.Values[path.Path] = value;
        else Refuse(path.Path, setting, key.Rule.Allowed, key.Secret);
    }

    private void AddList(string list, RawSetting setting)
    {
        var item = table.Keys.FirstOrDefault(key => key.List == list && key.IsValueList);
        if (_elements.ContainsKey(list) && !IsFirst(list, setting)) return;
        var isEmpty = setting.Shape == RawShape.EmptyList || (setting.Shape == RawShape.Value && string.IsNullOrWhiteSpace(setting.Text));
        if (!isEmpty && (item is null || setting.Shape != RawShape.Value))
        {
            var members = table.Keys.Where(key => key.List == list).Select(key => key.Segments[^1]);
            var element = item is null ? $"with {string.Join(", ", members)}" : item.Rule.Allowed;
            Refuse(list, setting, $"a list, each element {element}", SecretKind.None);
            return;
        }

        Clear(list, setting.Origin);
        if (isEmpty) return;
        foreach (var (index, text) in setting.Text.Split(',').Index())
            AddValue(item!, table.Find(Element(item!, index))!, setting with { Text = text.Trim() });
    }

    private void AddSection(ResolvedPath path, RawSetting setting)
    {
        if (setting.Shape != RawShape.EmptyObject)
        {
            var members = table.Keys.Select(key => key.Path)
                .Where(member => Layer.IsWithin(member, path.Pattern))
                .Select(member => member[(path.Pattern.Length + 1)..]);
            Refuse(path.Path, setting, $"a section with {string.Join(", ", members)}", SecretKind.None);
        }
        else if (path.List is { } list)
        {
            AddElement(list, path.ElementIndex, setting.Origin);
        }
    }

    private ResolvedPath? FindJoined(string path)
    {
        var at = path.LastIndexOf(':');
        return at > 0 && ResolvedPath.IsIndex(path[(at + 1)..]) && table.Find(path[..at]) is { Key.IsJoined: true } found ? found : null;
    }

    // A later setting of a list replaces the elements of an earlier setting of the same source.
    private void Clear(string list, string origin)
    {
        foreach (var path in _origins.Keys.Where(path => Layer.IsWithin(path, list)).ToList())
        {
            _origins.Remove(path);
            _layer.Values.Remove(path);
        }

        _elements[list] = [];
        _origins[list] = origin;
    }

    private void AddElement(string list, int index, string origin)
    {
        if (!_elements.TryGetValue(list, out var indexes)) _elements[list] = indexes = [];
        indexes.Add(index);
        _origins.TryAdd(list, origin);
    }

    private bool IsFirst(string path, RawSetting setting)
    {
        if (lastWins || !_origins.TryGetValue(path, out var other)) return true;
        errors.Add($"{path} is given twice ({(other == setting.Origin ? other : $"{other}, {setting.Origin}")}); allowed: once");
        return false;
    }

    private void Refuse(string path, RawSetting setting, string allowed, SecretKind secret)
    {
        refused.Add(path);
        var value = setting.Shape switch
        {
            RawShape.Null => "null",
            RawShape.EmptyObject => "{}",
            RawShape.EmptyList => "[]",
            _ => secret == SecretKind.None ? $"'{Secrets.HideInAddress(setting.Text)}'" : $"'{Secrets.Mask}'",
        };
        errors.Add($"{path} is {value}; allowed: {allowed} ({setting.Origin})");
    }

    private static string Element(ConfigurationKey key, int index) =>
        key.Path.Replace(ConfigurationKey.Index, index.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
}
