namespace Postfleet.Configuration;

/// <summary>The difference between the values in force and newly read values. Pure.</summary>
/// <param name="Values">The values to be in force: the new values of reloaded keys, and the old values of all other keys.</param>
/// <param name="Changed">The changed keys that a reload applies, in the order of the table. A list counts as one key.</param>
/// <param name="RestartNeeded">The other changed keys.</param>
public sealed record ReloadPlan(Layer Values, IReadOnlyList<string> Changed, IReadOnlyList<string> RestartNeeded)
{
    /// <summary>Compares two sets of values with all defaults filled in.</summary>
    /// <param name="table">The keys.</param>
    /// <param name="current">The values in force.</param>
    /// <param name="wanted">The newly read values.</param>
    /// <param name="changedFiles">The names (<see cref="ConfigurationKey.ListOrPath"/>) of keys whose files have another content.</param>
    public static ReloadPlan Make(KeyTable table, Layer current, Layer wanted, IReadOnlySet<string> changedFiles)
    {
        var (values, applied) = (new Layer(), new Layer());
        values.Overlay(current);
        var (changed, restart) = (new List<string>(), new List<string>());
        foreach (var keys in table.Keys.GroupBy(key => key.ListOrPath))
        {
            var isReloaded = keys.First().IsReloaded;
            if (isReloaded) Copy(keys.First(), wanted, applied);
            if (changedFiles.Contains(keys.Key) || !IsSame(keys.First(), current, wanted)) (isReloaded ? changed : restart).Add(keys.Key);
        }

        values.Overlay(applied);
        return new ReloadPlan(values, changed, restart);
    }

    private static bool IsSame(ConfigurationKey key, Layer one, Layer other)
    {
        if (key.List is not { } list) return one.Values.GetValueOrDefault(key.Path) == other.Values.GetValueOrDefault(key.Path);
        return one.Lists.GetValueOrDefault(list) == other.Lists.GetValueOrDefault(list)
            && Elements(one, list).SequenceEqual(Elements(other, list));
    }

    private static void Copy(ConfigurationKey key, Layer from, Layer to)
    {
        if (key.List is not { } list)
        {
            if (from.Values.TryGetValue(key.Path, out var value)) to.Values[key.Path] = value;
            return;
        }

        to.Lists[list] = from.Lists.GetValueOrDefault(list);
        foreach (var (path, value) in Elements(from, list)) to.Values[path] = value;
    }

    private static IEnumerable<KeyValuePair<string, string>> Elements(Layer layer, string list) =>
        layer.Values.Where(value => Layer.IsWithin(value.Key, list)).OrderBy(value => value.Key, StringComparer.OrdinalIgnoreCase);
}
