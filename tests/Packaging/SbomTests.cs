using System.Text.Json.Nodes;
using Postfleet.Packaging.Tests.Tools;
using Xunit;

namespace Postfleet.Packaging.Tests;

[Collection(PackageTestGroup.Name)]
public sealed class SbomTests(DebianPackage package)
{
    private string FullPath => package["usr/share/doc/postfleet/sbom.cdx.json"];

    [SchemaFact]
    public async Task Sbom_obeys_the_schema_of_CycloneDX() => Assert.Empty(await SbomSchema.FaultsAsync(FullPath));

    [Fact]
    public void Sbom_has_each_library_with_licence_and_checksum()
    {
        var sbom = JsonNode.Parse(File.ReadAllText(FullPath))!;
        var dependencies = JsonNode.Parse(File.ReadAllText(Path.Combine(package.Program, "postfleet.deps.json")))!;
        var libraries = dependencies["libraries"]!.AsObject()
            .Where(library => library.Value!["type"]!.GetValue<string>() == "package")
            .Select(library => library.Key.Replace('/', '@'));
        var components = sbom["components"]!.AsArray();

        Assert.Equal(libraries.Order(), components.Select(component => $"{component!["name"]}@{component["version"]}").Order());
        Assert.All(components, component =>
        {
            Assert.NotEmpty(component!["licenses"]!.AsArray());
            Assert.Equal(128, component["hashes"]![0]!["content"]!.GetValue<string>().Length);
        });
        Assert.Equal(DebianPackage.Version, sbom["metadata"]!["component"]!["version"]!.GetValue<string>());
    }
}
