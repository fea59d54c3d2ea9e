using System.Globalization;
using Postfleet.Architecture.Tests.Scanning;
using Xunit;

namespace Postfleet.Architecture.Tests;

/// <summary>
/// A rule with a list of its violations, each with a number, in a file beside this file. The list may only shrink: a place missing from the
/// list and a number above the listed number fail the test, and so does a number below the listed number.
/// </summary>
/// <remarks>
/// <c>POSTFLEET_WRITE_RATCHETS=1 dotnet test tests/Architecture --filter Ratchet</c> writes the lists anew. A review sees any growth.
/// </remarks>
internal static class Ratchet
{
    /// <summary>Compares the violations with the list.</summary>
    /// <param name="list">Name of the list: a file <c>list.txt</c> with a line <c>number place</c> for each place.</param>
    /// <param name="found">The number of violations at each place.</param>
    public static void Check(string list, IReadOnlyDictionary<string, int> found)
    {
        var file = Path.Combine(Repository.Root, "tests", "Architecture", "Ratchets", $"{list}.txt");
        if (Environment.GetEnvironmentVariable("POSTFLEET_WRITE_RATCHETS") == "1")
        {
            var sorted = found.OrderBy(place => place.Key, StringComparer.Ordinal);
            File.WriteAllLines(file, sorted.Select(place => $"{place.Value} {place.Key}"));
        }

        var listed = File.ReadAllLines(file).Select(line => line.Split(' ', 2)).ToDictionary(
            parts => parts[1], parts => int.Parse(parts[0], CultureInfo.InvariantCulture));
        var places = found.Keys.Union(listed.Keys)
            .Select(place => (Name: place, Now: found.GetValueOrDefault(place), Listed: listed.GetValueOrDefault(place))).ToList();
        Assert.Empty(places.Where(place => place.Now > place.Listed)
            .Select(place => $"{place.Name}: {place.Now}, but at most {place.Listed}"));
        Assert.Empty(places.Where(place => place.Now < place.Listed)
            .Select(place => $"{place.Name}: {place.Now}; shorten the list, which says {place.Listed}"));
    }
}
