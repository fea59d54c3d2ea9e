using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Postfleet.Admin.Api;
using Postfleet.Admin.Http;

namespace Postfleet.Admin.OpenApi;

/// <summary>The OpenAPI 3.1 document of the API: each route with its parameters, answers, problems and examples.</summary>
internal static class ApiDocument
{
    private const string Scheme = "token";

    private static readonly ApiRoute Route = new("getOpenApi", "Gives the OpenAPI document");

    private static readonly Dictionary<string, string> Tags = new()
    {
        ["Cluster"] = "The members of the cluster.",
        ["Queues"] = "Queues, destinations, and the way of mail.",
        ["Actions"] = "Operators' actions on queues and messages.",
        ["Messages"] = "The history and the content of messages.",
        ["Users"] = "The users who send with a password.",
        ["Dkim"] = "The keys in storage that sign mail.",
        ["Suppressions"] = "The recipients that get no mail.",
        ["Captured"] = "Mail of routes to capture.",
    };

    /// <summary>Registers the document.</summary>
    /// <param name="services">The services of the node.</param>
    /// <param name="version">The version of the program.</param>
    public static void RegisterDocument(IServiceCollection services, string version) => services.AddOpenApi("v1", options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddOperationTransformer((operation, context, _) =>
        {
            var route = context.Description.ActionDescriptor.EndpointMetadata.OfType<ApiRoute>().First();
            Describe(operation, route, context.Document!);
            return Task.CompletedTask;
        });
        options.AddDocumentTransformer((document, _, _) =>
        {
            Describe(document, version);
            return Task.CompletedTask;
        });
    });

    /// <summary>Maps <c>/openapi/v1.json</c>.</summary>
    public static void MapDocument(this IEndpointRouteBuilder routes) =>
        routes.MapOpenApi("/openapi/v1.json").WithMetadata(Route);

    private static void Describe(OpenApiDocument document, string version)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Postfleet admin API",
            Version = version.Length == 0 ? "0" : version,
            Description = "Shows the whole cluster and acts on it, from any node.",
            License = new OpenApiLicense { Name = "Apache-2.0", Identifier = "Apache-2.0" },
        };
        document.Servers = [new OpenApiServer { Url = "/" }];
        foreach (var tag in document.Tags ?? new HashSet<OpenApiTag>()) tag.Description = Tags.GetValueOrDefault(tag.Name ?? "");
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[Scheme] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "A token of Admin:Token or Admin:Tokens; needed unless none is configured.",
        };
    }

    private static void Describe(OpenApiOperation operation, ApiRoute route, OpenApiDocument document)
    {
        operation.Description = $"{route.Description} Needs the scope {JsonNames.Write(route.Scope)}.".TrimStart();
        operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
        operation.Parameters ??= [];
        foreach (var parameter in operation.Parameters.OfType<OpenApiParameter>())
        {
            if (route.Path.FirstOrDefault(path => path.Name == parameter.Name) is not { } path) continue;
            parameter.Description = path.Meaning;
            parameter.Example = path.Example;
        }

        foreach (var parameter in route.Query) operation.Parameters.Add(Describe(parameter));
        foreach (var header in route.Headers) operation.Parameters.Add(Describe(header));
        foreach (var (status, response) in operation.Responses ?? []) if (response is OpenApiResponse each) Describe(each, status, route);
        if (operation.RequestBody?.Content is not { } contents) return;
        foreach (var content in contents.Values) content.Example = ApiExamples.Request(route.Id);
    }

    private static OpenApiParameter Describe(PathParameter header) => new()
    {
        Name = header.Name,
        In = ParameterLocation.Header,
        Description = header.Meaning,
        Example = JsonValue.Create(header.Example),
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = QueryParameter.MaxLength },
    };

    private static OpenApiParameter Describe(QueryParameter parameter) => new()
    {
        Name = parameter.Name,
        In = ParameterLocation.Query,
        Description = parameter.Meaning,
        Required = parameter.Required,
        Example = parameter.MaxNumber > 0
            ? JsonValue.Create(int.Parse(parameter.Example, CultureInfo.InvariantCulture)) : JsonValue.Create(parameter.Example),
        Schema = parameter.MaxNumber > 0
            ? new OpenApiSchema
            {
                Type = JsonSchemaType.Integer,
                Minimum = "1",
                Maximum = parameter.MaxNumber.ToString(CultureInfo.InvariantCulture),
            }
            : new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                MaxLength = QueryParameter.MaxLength,
                Format = parameter.Format.Length == 0 ? null : parameter.Format,
                Enum = parameter.Words.Count == 0 ? null : [.. parameter.Words.Select(word => (JsonNode)JsonValue.Create(word))],
            },
    };

    private static void Describe(OpenApiResponse response, string status, ApiRoute route)
    {
        var problems = route.AllProblems.Where(kind => kind.Status.ToString(CultureInfo.InvariantCulture) == status).ToList();
        response.Description = problems.Count > 0 ? string.Join("; or: ", problems.Select(kind => kind.Title)) : route.Summary;
        foreach (var content in response.Content?.Values ?? [])
        {
            if (problems.Count == 0)
            {
                content.Example = ApiExamples.Answer(route.Id, status);
                continue;
            }

            content.Examples = problems.ToDictionary(kind => kind.Slug, kind => (IOpenApiExample)new OpenApiExample
            {
                Summary = kind.Title,
                Value = JsonSerializer.SerializeToNode(
                    new Problem(kind.Type, kind.Title, kind.Status, "limit is 'abc'; allowed: a whole number of 1 to 1000"),
                    ApiJson.Default.Problem),
            });
        }
    }
}
