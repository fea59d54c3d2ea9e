using System.Xml.Linq;
using Postfleet.Architecture.Tests.Scanning;
using Xunit;

namespace Postfleet.Architecture.Tests;

/// <summary>
/// References go one way: Node, then {Frontend, QueueActors, Delivery, Admin, Cluster, Journal}, without references among these, then Spool
/// (for QueueActors, Delivery and Admin), then Dns (for Delivery, Authentication and Frontend), Storage and Configuration, then Core.
/// </summary>
public sealed class ReferenceRulesTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Core"] = [],
        ["Contracts"] = ["Core"],
        ["Configuration"] = ["Core"],
        ["Storage"] = ["Core"],
        ["Dns"] = ["Configuration", "Core"],
        ["Authentication"] = ["Dns", "Core"],
        ["Spool"] = ["Storage", "Configuration", "Core"],
        ["Cluster"] = ["Storage", "Configuration", "Contracts", "Core"],
        ["Journal"] = ["Storage", "Contracts", "Core"],
        ["Frontend"] = ["Authentication", "Dns", "Configuration", "Contracts", "Core"],
        ["QueueActors"] = ["Spool", "Configuration", "Contracts", "Core"],
        ["Delivery"] = ["Dns", "Spool", "Configuration", "Contracts", "Core"],
        ["Operations"] = ["Authentication", "Dns", "Spool", "Configuration", "Contracts", "Core"],
        ["Admin"] = ["Spool", "Authentication", "Configuration", "Contracts", "Core"],
        ["Signing"] = ["Authentication", "Configuration", "Contracts", "Core", "Dns", "Spool"],
        ["Cli"] = ["Core"],
        ["Node"] = ["Cli", "Configuration", "Cluster", "Journal", "Frontend", "QueueActors", "Delivery", "Operations", "Admin", "Spool",
            "Signing", "Dns", "Authentication", "Storage", "Contracts", "Core"],
    };

    public static TheoryData<string> Modules => [.. Repository.Modules];

    [Theory]
    [MemberData(nameof(Modules))]
    public void An_assembly_refers_to_modules_below_it_alone(string module)
    {
        var referred = ScannedAssembly.Of(Repository.AssemblyPath(module)).References
            .Where(name => name.StartsWith("Postfleet.", StringComparison.Ordinal) || name == "postfleet")
            .Select(name => name.Replace("Postfleet.", "", StringComparison.Ordinal));
        Assert.Empty(referred.Except(Allowed[module]));
    }

    [Theory]
    [MemberData(nameof(Modules))]
    public void A_project_refers_to_modules_below_it_alone(string module)
    {
        // An unused reference leaves no trace in the assembly, but invites its use.
        var referred = XDocument.Load(Path.Combine(Repository.Root, "src", module, $"{module}.csproj")).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));
        Assert.Empty(referred.Except(Allowed[module]));
    }

    [Fact]
    public void The_modules_are_the_planned_modules() => Assert.Equal(Allowed.Keys.Order(StringComparer.Ordinal), Repository.Modules);
}
