namespace Postfleet.Configuration;

/// <summary>Values by path, each in its canonical form, and lists with their lengths: a single layer, or several merged layers.</summary>
public sealed class Layer
{
    /// <summary>The values, by path with indexes.</summary>
    public Dictionary<string, string> Values { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The number of elements of each list. A list missing here was not given.</summary>
    public Dictionary<string, int> Lists { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Merges a layer of higher precedence into this layer. A list of the higher layer replaces the whole list; elements are never mixed.
    /// </summary>
    public void Overlay(Layer higher)
    {
        foreach (var (list, count) in higher.Lists)
        {
            foreach (var path in Values.Keys.Where(path => IsWithin(path, list)).ToList()) Values.Remove(path);
            Lists[list] = count;
        }

        foreach (var (path, value) in higher.Values) Values[path] = value;
    }

    /// <summary>Whether a path is an element of a list or inside an element.</summary>
    public static bool IsWithin(string path, string list) =>
        path.Length > list.Length && path[list.Length] == ':' && path.StartsWith(list, StringComparison.OrdinalIgnoreCase);
}
