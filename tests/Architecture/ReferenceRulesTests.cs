using System.Xml.Linq;
using Postfleet.Architecture.Tests.Scanning;
using Xunit;

namespace Postfleet.Architecture.Tests;

/// <summary>
/// References go one way: Node, then {Frontend, QueueActors, Delivery, Admin, Cluster, Journal}, which do not know each other, then Spool
/// (for the first four), then Storage and Configuration, then Core.
/// </summary>
public sealed class ReferenceRulesTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Core"] = [],
        ["Contracts"] = ["Core"],
        ["Configuration"] = ["Core"],
        ["Storage"] = ["Core"],
        ["Spool"] = ["Storage", "Configuration", "Core"],
        ["Cluster"] = ["Storage", "Configuration", "Contracts", "Core"],
        ["Journal"] = ["Storage", "Contracts", "Core"],
        ["Frontend"] = ["Spool", "Configuration", "Contracts", "Core"],
        ["QueueActors"] = ["Spool", "Configuration", "Contracts", "Core"],
        ["Delivery"] = ["Spool", "Configuration", "Contracts", "Core"],
        ["Admin"] = ["Spool", "Configuration", "Contracts", "Core"],
        ["Node"] = ["Configuration", "Cluster", "Journal", "Frontend", "QueueActors", "Delivery", "Admin", "Spool", "Storage", "Contracts",
            "Core"],
    };

    public static TheoryData<string> Rooms => [.. Repository.Rooms];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void An_assembly_refers_to_rooms_below_it_alone(string room)
    {
        var referred = ScannedAssembly.Of(Repository.AssemblyPath(room)).References
            .Where(name => name.StartsWith("Postfleet.", StringComparison.Ordinal) || name == "postfleet")
            .Select(name => name.Replace("Postfleet.", "", StringComparison.Ordinal));
        Assert.Empty(referred.Except(Allowed[room]));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_project_refers_to_rooms_below_it_alone(string room)
    {
        // An unused reference leaves no trace in the assembly, but invites its use.
        var referred = XDocument.Load(Path.Combine(Repository.Root, "src", room, $"{room}.csproj")).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));
        Assert.Empty(referred.Except(Allowed[room]));
    }

    [Fact]
    public void The_rooms_are_those_of_the_plan() => Assert.Equal(Allowed.Keys.Order(StringComparer.Ordinal), Repository.Rooms);
}
