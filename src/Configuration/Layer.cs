namespace Postfleet.Configuration;

/// <summary>Values by their path, each in its one form, and the lists with their lengths: one layer, or several put together.</summary>
public sealed class Layer
{
    /// <summary>The values, by path with indexes.</summary>
    public Dictionary<string, string> Values { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>How many elements each list has. A list that is not here is not given.</summary>
    public Dictionary<string, int> Lists { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Puts a higher layer on top. A list that it gives takes the place of the whole list: elements are never mixed.</summary>
    public void Overlay(Layer higher)
    {
        foreach (var (list, count) in higher.Lists)
        {
            foreach (var path in Values.Keys.Where(path => IsWithin(path, list)).ToList()) Values.Remove(path);
            Lists[list] = count;
        }

        foreach (var (path, value) in higher.Values) Values[path] = value;
    }

    /// <summary>Whether a path is one of a list's elements, or in one.</summary>
    public static bool IsWithin(string path, string list) =>
        path.Length > list.Length && path[list.Length] == ':' && path.StartsWith(list, StringComparison.OrdinalIgnoreCase);
}
